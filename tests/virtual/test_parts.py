"""The parts of the board that need no engine."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.virtual.clock import VirtualClock
from hil.virtual.faults import Faults, parse_faults
from hil.virtual.line import Noise
from hil.virtual.memory_map import PAGE_BYTES
from hil.virtual.nor import Nor
from hil.virtual.refusal import Refused
from hil.virtual.rigfile import parse_rig, read_rig_file

A_RIG = {"rig": "virt-a1", "board": "nano-v2", "revision": "a", "chip_id": "5e1f00a1"}


@given(
    before=st.binary(min_size=64, max_size=64), data=st.binary(max_size=32), at=st.integers(0, 32)
)
def test_programming_only_clears_bits_and_only_where_it_was_told(
    before: bytes, data: bytes, at: int
) -> None:
    cells = bytearray(before)
    assert Nor(cells).program(at, data) == range(at, at + len(data))
    expected = bytes(old & new for old, new in zip(before[at:], data, strict=False))
    assert cells == before[:at] + expected + before[at + len(data) :]


@given(at=st.integers(0, 3 * PAGE_BYTES - 1), fill=st.integers(0, 255))
def test_erasing_sets_one_whole_page_and_nothing_else(at: int, fill: int) -> None:
    cells = bytearray([fill]) * (3 * PAGE_BYTES)
    touched = Nor(cells).erase(at)
    assert at in touched
    assert len(touched) == PAGE_BYTES
    assert cells[touched.start : touched.stop] == b"\xff" * PAGE_BYTES
    assert cells.count(fill) >= 2 * PAGE_BYTES


@given(data=st.binary(max_size=200), seed=st.integers(0, 99))
def test_a_healthy_line_changes_nothing(data: bytes, seed: int) -> None:
    noise = Noise(faults=Faults(), chance=random.Random(seed))
    assert noise.spoil(data) == data


@given(data=st.binary(max_size=200), seed=st.integers(0, 99))
def test_a_line_that_garbles_everything_leaves_no_byte_as_it_was(data: bytes, seed: int) -> None:
    spoilt = Noise(faults=Faults(garble=1.0), chance=random.Random(seed)).spoil(data)
    assert len(spoilt) == len(data)
    assert all(was != came for was, came in zip(data, spoilt, strict=True))


@given(steps=st.lists(st.tuples(st.integers(0, 9999), st.floats(0, 0.1)), max_size=20))
def test_virtual_time_never_runs_ahead_of_a_clock_that_is_waited_for(
    steps: list[tuple[int, float]],
) -> None:
    now_s = 100.0
    clock = VirtualClock(real_s=lambda: now_s)
    clock.restart()
    for work_us, host_s in steps:
        clock.work(work_us)
        now_s = max(now_s + host_s, clock.due_s(clock.now_us))
        clock.sync()
    assert clock.now_us <= (now_s - 100.0) * 1_000_000 + 1


def test_a_late_host_does_not_shorten_the_next_wait() -> None:
    now_s = 0.0
    clock = VirtualClock(real_s=lambda: now_s)
    clock.restart()
    now_s = 5.0  # the host was away
    clock.sync()
    assert clock.due_s(300_000) == pytest.approx(5.3)


def test_a_wait_ends_no_later_than_its_moment() -> None:
    now_s = 0.0
    clock = VirtualClock(real_s=lambda: now_s)
    clock.restart()
    now_s = 0.2
    clock.wake(no_later_than_us=300_000)
    assert clock.now_us == 200_000
    now_s = 7.0
    clock.wake(no_later_than_us=300_000)
    assert clock.now_us == 300_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("drop", True),
        ("garble", -0.1),
        ("silent", 1),
        ("dead_page", 1.5),
        ("dead_page", -1),
        ("slow", 0.5),
        ("vanish_after_bytes", "many"),
    ],
)
def test_a_value_that_does_not_fit_its_fault_is_refused(name: str, value: object) -> None:
    with pytest.raises(Refused, match=f"^fault {name} must be "):
        parse_faults({name: value})


def test_what_is_planted_can_be_read_back() -> None:
    faults = Faults(drop=0.5, dead_page=0, silent=True)
    assert parse_faults(faults.planted()) == faults
    assert Faults().planted() == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chip_id": "5E1F00A1"}, "chip_id must be text"),
        ({"baud": 0}, "baud must be a whole number from 50"),
        ({"seed": True}, "seed must be a whole number from 0"),
        ({"rig": None}, "rig must be text"),
    ],
)
def test_a_rig_file_with_a_wrong_value_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        parse_rig(A_RIG | change)


def test_a_rig_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        read_rig_file(tmp_path / "rig.json")
    (tmp_path / "rig.json").write_text("{")
    with pytest.raises(Refused, match="is not JSON"):
        read_rig_file(tmp_path / "rig.json")
