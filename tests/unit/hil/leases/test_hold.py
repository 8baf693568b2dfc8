"""Holds: a person keeps a rig, until they give it back."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil.errors import RigHeld
from hil.leases.hold import Hold, Use, find_hold, lift_hold, place_hold

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SINCE = NOON.isoformat(timespec="seconds")
ANAS = Hold(rig="bench-1", user="ana@lab", reason="soldering", since=SINCE)
BENS = replace(ANAS, user="ben@lab", reason="measuring")


def place(hold: Hold, folder: Path, *identities: str) -> None:
    place_hold(identities or ["device:1"], hold, folder=folder, now=NOON)


def test_a_hold_is_found_by_every_resource_of_its_rig(tmp_path: Path) -> None:
    place(ANAS, tmp_path, "device:1", "power:pdu/3")
    assert find_hold(["power:pdu/3"], folder=tmp_path) == ANAS
    assert find_hold(["power:pdu/4", "device:1"], folder=tmp_path) == ANAS
    assert find_hold(["device:2"], folder=tmp_path) is None


def test_what_another_one_holds_is_refused_with_who_why_and_since_when(tmp_path: Path) -> None:
    place(ANAS, tmp_path, "power:pdu/3")
    with pytest.raises(RigHeld, match=r"held by ana@lab: soldering \(since 2026-03-02T12") as held:
        place(BENS, tmp_path, "device:1", "power:pdu/3")
    assert held.value.code == "RIG_HELD"
    assert find_hold(["device:1"], folder=tmp_path) is None


def test_ones_own_hold_is_replaced(tmp_path: Path) -> None:
    place(ANAS, tmp_path)
    place(replace(ANAS, reason="done soon"), tmp_path)
    found = find_hold(["device:1"], folder=tmp_path)
    assert found is not None
    assert found.reason == "done soon"


def test_a_hold_that_was_lifted_is_gone_and_another_may_follow(tmp_path: Path) -> None:
    place(ANAS, tmp_path)
    lift_hold(["device:1", "device:never-held"], folder=tmp_path)
    assert find_hold(["device:1"], folder=tmp_path) is None
    place(BENS, tmp_path)


def test_a_hold_past_its_time_is_overdue_and_holds(tmp_path: Path) -> None:
    late = replace(ANAS, until="2026-03-02T11:59:00+00:00")
    place(late, tmp_path)
    assert find_hold(["device:1"], folder=tmp_path) == late
    assert late.sentence(NOON).endswith("until 2026-03-02T11:59:00+00:00, overdue)")
    assert not replace(late, until="2026-03-02T12:01:00+00:00").is_overdue(NOON)


@pytest.mark.parametrize("record", ["garbage", '{"rig": "bench-1"}', "[]", "\x00"])
def test_a_record_that_cannot_be_read_holds(tmp_path: Path, record: str) -> None:
    place(ANAS, tmp_path)
    next(tmp_path.glob("*.hold")).write_text(record, encoding="utf-8")
    found = find_hold(["device:1"], folder=tmp_path)
    assert found is not None
    assert "cannot be read" in found.sentence(NOON)


def test_only_its_owner_gets_a_held_rig_and_only_by_hand() -> None:
    assert ANAS.admits("ana@lab", Use.BY_HAND)
    assert not ANAS.admits("ana@lab", Use.FOR_TESTS)
    assert not ANAS.admits("ben@lab", Use.BY_HAND)
