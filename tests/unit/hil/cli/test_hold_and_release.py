"""Holding a rig and giving it back, as people at a bench do it."""

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hil.app import Lab, ci_job
from hil.campaigns.campaign import RigSeat
from hil.cli.rig_hold import parse_duration
from hil.errors import RigHeld, UsageFault
from hil.history import History
from hil.leases.hold import Hold, Use, place_hold
from hil.registry import find_rig, hold_identities, load_inventory
from hil.report import seat_state
from hil.runner import Request, Run
from tests.support.command import BENCH, CommandLine, a_command_line


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    line = a_command_line(tmp_path, capsys, monkeypatch)
    line.write("hil.yaml", BENCH)
    return line


def lab_of(line: CommandLine) -> Lab:
    return Lab(load_inventory(line.folder / "hil.yaml"), line.folder / "state")


def standing(line: CommandLine) -> dict[str, object]:
    rigs = line.hil("rig", "list", "--format", "json").document("hil-rig-list")["rigs"]
    found: dict[str, object] = rigs[0]
    return found


def held_by_ana(line: CommandLine, *, until: str = "") -> None:
    lab = lab_of(line)
    keys = hold_identities(find_rig(lab.inventory, "bench-1"), state=lab.state)
    hold = Hold(rig="bench-1", user="ana@lab", reason="soldering", since=lab.now(), until=until)
    place_hold(keys, hold, folder=lab.locks, now=lab.clock.utc())


def test_a_held_rig_is_listed_with_who_why_and_until_when(line: CommandLine) -> None:
    said = line.hil("rig", "hold", "bench-1", "--reason", "probing", "--for", "4h", "--format=json")
    assert said.document("hil-rig-hold")["until"] is not None
    found = standing(line)
    assert found["state"] == "held"
    assert "probing" in str(found["reason"])
    assert "held by" in line.hil("rig", "list").out


def test_it_is_not_taken_for_tests_and_its_owner_gets_it_by_hand(line: CommandLine) -> None:
    line.hil("rig", "hold", "bench-1", "--reason", "probing")
    lab = lab_of(line)
    rig = find_rig(lab.inventory, "bench-1")
    with pytest.raises(RigHeld) as held:
        lab.lease(rig, why="hil run c-1")
    assert "it is yours" in held.value.hint
    lab.lease(rig, why="hil console", use=Use.BY_HAND).release()
    assert standing(line)["state"] == "held"


def test_a_rig_that_was_refused_because_of_a_hold_is_free_to_others_at_once(
    line: CommandLine,
) -> None:
    held_by_ana(line)
    lab = lab_of(line)
    with pytest.raises(RigHeld):
        lab.lease(find_rig(lab.inventory, "bench-1"), why="hil run c-1")
    assert lab.holder(find_rig(lab.inventory, "bench-1")) is None


def test_anothers_hold_keeps_a_persons_commands_away_too(line: CommandLine) -> None:
    held_by_ana(line)
    said = line.hil("console", "--rig", "bench-1")
    assert said.code == 3
    assert "bench-1 is held by ana@lab: soldering" in said.err


def test_release_ends_ones_own_hold(line: CommandLine) -> None:
    line.hil("rig", "hold", "bench-1", "--reason", "probing")
    assert "no longer held" in line.hil("rig", "release", "bench-1").out
    assert standing(line)["state"] == "free"
    assert line.hil("rig", "release", "bench-1").out == "bench-1: nobody held it\n"


def test_anothers_hold_ends_only_by_force_and_with_a_reason_that_is_kept(
    line: CommandLine,
) -> None:
    held_by_ana(line)
    assert line.hil("rig", "release", "bench-1").code == 2
    assert line.hil("rig", "release", "bench-1", "--force").code == 2
    assert standing(line)["state"] == "held"
    words = ("rig", "release", "bench-1", "--force", "--reason", "on holiday", "--format", "json")
    assert len(line.hil(*words).document("hil-rig-hold")["did"]) == 1
    assert standing(line)["state"] == "free"
    (deed,) = History(line.folder / "state").deeds()
    assert (deed.rig, deed.reason) == ("bench-1", "on holiday")
    assert "ana@lab" in deed.did


def test_a_hold_past_its_time_is_listed_as_overdue_and_stays(line: CommandLine) -> None:
    held_by_ana(line, until="2026-03-02T12:00:00+00:00")
    found = standing(line)
    assert (found["state"], "overdue" in str(found["reason"])) == ("held", True)


def test_a_rig_that_is_held_again_keeps_its_end_and_says_what_it_replaces(
    line: CommandLine,
) -> None:
    words = ("rig", "hold", "bench-1", "--format", "json")
    first = line.hil(*words, "--reason", "probing", "--for", "4h").document("hil-rig-hold")
    again = line.hil(*words, "--reason", "soldering").document("hil-rig-hold")
    assert again["until"] == first["until"]
    assert "soldering" in str(standing(line)["reason"])
    told = line.hil("rig", "hold", "bench-1", "--reason", "lunch", "--for", "1h").out
    assert "it is no longer held by" in told
    assert f"soldering (since {standing(line)['hold']['since'][:10]}" in told  # type: ignore[index]
    assert f"until {first['until']}" in told


def test_a_leased_rig_is_not_released_without_force(line: CommandLine) -> None:
    lab = lab_of(line)
    lease = lab.lease(find_rig(lab.inventory, "bench-1"), why="hil run c-1", expected_s=0.001)
    try:
        said = line.hil("rig", "release", "bench-1")
        assert (said.code, "--force --reason" in said.err) == (2, True)
        held = line.hil("rig", "hold", "bench-1", "--reason", "next is me")
        assert "yours after that" in held.out
        assert standing(line)["state"] == "leased"
    finally:
        lease.release()
    assert standing(line)["state"] == "held"


@pytest.mark.parametrize(
    ("text", "hours"), [("30m", 0.5), ("4h", 4), ("1d12h", 36), ("7200s", 2), ("2d", 48)]
)
def test_a_time_span_is_written_as_people_write_it(text: str, hours: float) -> None:
    assert parse_duration(text).total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["", "4", "h", "0h", "-4h", "4h30", "9999999999d", "4 h"])
def test_what_is_no_time_span_is_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="no time span"):
        parse_duration(text)


def test_a_ci_job_is_known_by_its_environment() -> None:
    assert ci_job({}) == ci_job({"CI": "false", "BUILD_URL": "x"}) == ""
    assert ci_job({"CI": "true", "CI_JOB_URL": "https://ci/1"}) == "CI job https://ci/1"
    assert ci_job({"CI": "1"}) == "CI job without a name"


def test_a_campaign_says_whose_hold_keeps_it_from_a_rig_and_passes_over_disabled_ones(
    line: CommandLine,
) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/zero,", "/dev/zero, enabled: false, notes: lent,"))
    held_by_ana(line)
    campaign = Run(lab_of(line), cast("Request", SimpleNamespace(campaign="c-1")), print)
    with ExitStack() as stack:
        assert campaign._lease("bench-1", stack).startswith("HELD: bench-1 is held by ana@lab")
        assert campaign._lease("bench-2", stack) == "DISABLED: lent"
    assert campaign.leases == []


def test_a_campaign_reports_why_a_rig_did_not_take_part() -> None:
    def state(because: str) -> str:
        return seat_state(RigSeat(rig="r", board="b", revision="a", out_because=because))

    assert [state(b) for b in ("", "BUSY: x", "HELD: x", "DISABLED: x", "BY_HAND: x")] == [
        *("free", "leased", "held", "disabled", "quarantined")
    ]
