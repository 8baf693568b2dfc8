"""`hil rig check`: the parts before the line is opened, as the command says them."""

from pathlib import Path

import pytest

from hil.app import Lab
from hil.registry import find_rig, load_inventory
from tests.support.command import BENCH, CommandLine, a_command_line


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    return a_command_line(tmp_path, capsys, monkeypatch)


def parts(line: CommandLine, *, code: int) -> dict[str, tuple[str, str]]:
    said = line.hil("rig", "check", "bench-1", "--format", "json")
    assert said.code == code
    found = said.document("hil-rig-check")["parts"]
    return {part["part"]: (part["state"], part["says"] + part["hint"]) for part in found}


def test_an_absent_device_is_bad_and_nothing_is_opened(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", "/dev/ttyNone"))
    found = parts(line, code=3)
    assert list(found) == ["leases", "pool", "device"]
    assert found["device"][0] == "bad"


def test_a_leased_rig_is_said_with_who_has_it(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", str(line.write("port", ""))))
    lab = Lab(load_inventory(line.folder / "hil.yaml"), line.folder / "state")
    lease = lab.lease(find_rig(lab.inventory, "bench-1"), why="hil run c-1")
    state, says = parts(line, code=3)["lease"]
    lease.release()
    assert (state, "hil run c-1" in says, "release bench-1 --force" in says) == ("bad", True, True)


def test_what_the_inventory_lacks_is_said_as_such(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", str(line.write("port", ""))))
    found = parts(line, code=3)
    assert found["device"][0] == found["permission"][0] == "good"
    assert list(found)[-1] in {"inventory", "line"}


def test_every_bad_part_is_followed_by_the_next_move(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", "/dev/ttyNone"))
    said = line.hil("rig", "check", "bench-1").out
    assert "device          bad      /dev/ttyNone is not there\n" in said
    assert "-> is it plugged in" in said


def test_a_rig_that_campaigns_take_is_in_the_pool(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", "/dev/ttyNone"))
    assert parts(line, code=3)["pool"] == ("good", "in the pool")


def test_a_quarantined_rig_is_said_with_its_reason_and_the_way_back(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", "/dev/ttyNone"))
    line.hil("rig", "quarantine", "bench-1", "--reason", "loose cable")
    state, says = parts(line, code=3)["pool"]
    assert state == "unknown"
    assert "loose cable" in says
    assert "hil rig enable bench-1" in says


def test_a_held_rig_is_said_with_its_reason_and_the_way_back(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null", "/dev/ttyNone"))
    line.hil("rig", "hold", "bench-1", "--reason", "probing")
    state, says = parts(line, code=3)["pool"]
    assert state == "unknown"
    assert "probing" in says
    assert says.endswith("hil rig release bench-1")


def test_enabling_a_rig_says_why_it_was_out(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH)
    line.hil("rig", "quarantine", "bench-1", "--reason", "loose cable")
    said = line.hil("rig", "enable", "bench-1")
    assert said.out == "bench-1 is in the pool again (it was out: BY_HAND: loose cable)\n"


def test_enabling_a_rig_that_was_never_out_says_so(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH)
    said = line.hil("rig", "enable", "bench-1")
    assert (said.code, said.out) == (0, "bench-1 is not quarantined; nothing was changed\n")


def test_enabling_a_rig_that_is_disabled_in_the_inventory_says_what_keeps_it_out(
    line: CommandLine,
) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null,", "/dev/null, enabled: false, notes: lent,"))
    line.hil("rig", "quarantine", "bench-1", "--reason", "loose cable")
    said = line.hil("rig", "enable", "bench-1").out
    assert "bench-1 is no longer quarantined" in said
    assert "disabled: lent" in said
