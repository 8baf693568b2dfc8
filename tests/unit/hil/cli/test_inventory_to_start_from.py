"""Where the inventory of a command comes from, and how one gets a first one."""

from pathlib import Path

import pytest

from tests.support.command import BENCH, CommandLine, a_command_line

MAP = "[{connected: true, id: a1, platform: nano, serial: /dev/ttyACM0, flash_before: true}]"


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    return a_command_line(tmp_path, capsys, monkeypatch)


def test_the_lab_in_this_folder_is_taken_and_said(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH)
    said = line.hil("rig", "list")
    assert said.code == 0
    assert "bench-1" in said.out
    assert said.err == "hil: inventory hil.yaml\n"


def test_without_one_the_users_folder_is_the_lab(line: CommandLine) -> None:
    line.write("config/hil/nano.yaml", BENCH)
    line.write("config/hil/mine.yaml", "version: 1\n")
    said = line.hil("rig", "list")
    assert "bench-2" in said.out
    assert said.err == f"hil: inventory {line.folder}/config/hil\n"


def test_a_folder_may_be_named(line: CommandLine) -> None:
    line.write("lab/nano.yaml", BENCH)
    said = line.hil("rig", "list", "--inventory", "lab")
    assert ("bench-1" in said.out, said.err) == (True, "")


def test_without_any_lab_it_says_where_it_looked_and_what_to_do(line: CommandLine) -> None:
    said = line.hil("rig", "list", "--format", "json")
    assert said.code == 2
    assert said.document("hil-error")["error"] == "NO_INVENTORY"
    assert "hil rig discover > hil.yaml" in said.err


def test_a_rig_that_is_out_of_use_is_listed_as_disabled_with_its_note(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH.replace("/dev/null,", "/dev/null, enabled: false, notes: lent,"))
    rigs = line.hil("rig", "list", "--format", "json").document("hil-rig-list")["rigs"]
    assert [(rig["state"], rig["reason"]) for rig in rigs] == [("disabled", "lent"), ("free", "")]


def test_discover_says_what_it_found_or_that_there_is_nothing(line: CommandLine) -> None:
    said = line.hil("rig", "discover", "--format", "json")
    document = said.document("hil-rig-discover")
    assert said.code == (0 if document["ports"] else 3)
    assert document["inventory"].startswith("version: 1\n")


def test_an_imported_hardware_map_is_an_inventory_and_its_losses_are_said(
    line: CommandLine,
) -> None:
    said = line.hil("rig", "import", line.write("map.yaml", MAP))
    assert said.err.startswith("not carried over: nano-a1: flash_before: True: not needed")
    line.write("hil.yaml", said.out)
    assert "nano-a1" in line.hil("rig", "list").out
    losses = line.hil("rig", "import", "map.yaml", "--format", "json").document("hil-rig-import")
    assert len(losses["losses"]) == 1


def test_a_hardware_map_that_is_not_there_is_refused(line: CommandLine) -> None:
    assert line.hil("rig", "import", "map.yaml").code == 2
