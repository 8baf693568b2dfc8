"""The benchmarks run, small; no figure is asserted but what arithmetic allows."""

from dataclasses import replace

import pytest

from tests.benchmarks.__main__ import JSON, PAGE
from tests.benchmarks.extent import PARTS, QUICK, Extent, measure
from tests.benchmarks.page import render
from tests.benchmarks.report import Origin, Report, from_json, to_json
from tests.benchmarks.senders import OURS, PEERS
from tests.benchmarks.throughput import Logs
from tests.benchmarks.transfer import Wiring, limit_of, steady_of

TINY = replace(
    QUICK,
    logs=Logs(sizes=(10_000, 20_000), pieces=(65536, 16), rounds=1),
    ticks=5,
    idle_s=0.05,
    rigs=2,
    sizes={921600: 3000},
    wirings=(Wiring(baud=921600, latency_ms=1),),
    senders=tuple(OURS),
    receivers=("python",),
)
ORIGIN = Origin(
    commit="0" * 12,
    date="2026-01-01",
    cores=2,
    python="3.11",
    kernel="6",
    packages={},
    load=(0.0, 0.0),
    command="nox -s benchmarks",
)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_runs_and_its_figures_can_be_read_back(part: str) -> None:
    report = _measured(TINY, part)
    assert getattr(report, part)
    assert from_json(to_json(report)) == report
    assert "ours" in render(report)


def _measured(extent: Extent, part: str) -> Report:
    return measure(extent, [part], origin=lambda: ORIGIN, say=lambda _: None)


def test_no_transfer_is_faster_than_its_round_trips_allow() -> None:
    for cell in _measured(TINY, "transfer").transfer:
        assert 0 < cell.whole.most <= cell.limit


def test_the_limit_of_stop_and_wait_is_the_round_trip() -> None:
    # 133 + 1 bytes at 115200 are 11.63 ms, with 1 ms of latency 12.63; the payload alone is 11.11.
    short = next(each for each in PEERS if each.block_bytes == 128)
    assert limit_of(short, Wiring(baud=115200, latency_ms=1)) == pytest.approx(0.8797, abs=1e-4)


def test_steady_state_is_what_whole_blocks_take_in_the_middle() -> None:
    # A line of 1 byte per microsecond that rests 1 ms after each block of 1029 bytes.
    blocks = [
        (number * 2_029_000 + 1_029_000, 5 + number * 1029 + 1029, number) for number in range(50)
    ]
    share = steady_of(blocks, block=1024, baud=10_000_000)
    assert share == pytest.approx(1024 / 2029, rel=1e-6)


def test_the_page_says_what_the_figures_say() -> None:
    assert PAGE.read_text("utf-8") == render(from_json(JSON.read_text("utf-8")))
