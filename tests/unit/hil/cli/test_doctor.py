"""`hil doctor`: what is wrong here, and a bundle for whoever is to help."""

import zipfile
from pathlib import Path

import pytest

from tests.support.command import BENCH, CommandLine, a_command_line


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return a_command_line(tmp_path, capsys, monkeypatch)


def state_of(line: CommandLine, part: str, *, code: int = 0) -> str:
    said = line.hil("doctor", "--format", "json")
    assert said.code == code
    parts = said.document("hil-doctor")["parts"]
    (state,) = [entry["state"] for entry in parts if entry["part"] == part]
    return str(state)


def test_a_lab_that_is_fine_is_good_in_its_parts(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH)
    assert state_of(line, "inventory") == "good"
    assert "hil.yaml: 2 free" in line.hil("doctor").out


def test_without_an_inventory_it_works_all_the_same(line: CommandLine) -> None:
    assert state_of(line, "inventory") == "unknown"


def test_an_inventory_that_is_wrong_is_bad(line: CommandLine) -> None:
    line.write("hil.yaml", "version: 2\n")
    assert state_of(line, "inventory", code=3) == "bad"


def test_a_state_folder_that_cannot_be_is_bad(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.write("file", "")
    monkeypatch.setenv("HIL_STATE", str(line.folder / "file" / "state"))
    assert state_of(line, "state", code=3) == "bad"


def test_the_bundle_holds_what_helps_and_no_secret(line: CommandLine) -> None:
    line.write("hil.yaml", "version: 1\ninclude: [bench.yaml]\n")
    line.write("bench.yaml", BENCH + "# token: hunter2\n")
    line.write("state/transcripts/bench-1.log", "nano> login\npassword: hunter2\n")
    line.write("state/tracebacks/hil-abc.traceback", "Traceback: ...\n")
    line.write("hil-of-another.traceback", "in the temp folder, which all users share\n")
    line.write("out/result.json", "{}\n")
    line.write("state/last-out", str(line.folder / "out"))
    line.hil("rig", "hold", "bench-1", "--reason", "probing")
    said = line.hil("doctor", "--bundle", "lab.zip", "--format", "json")
    manifest = said.document("hil-doctor")["bundle"]["manifest"]
    with zipfile.ZipFile(line.folder / "lab.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {file["name"] for file in manifest["files"]} | {"manifest.json"} == set(files)
    assert set(files) == {
        *("manifest.json", "doctor.json", "rigs.json", "history.json", "campaign/result.json"),
        *("inventory/00-hil.yaml", "inventory/01-bench.yaml", "transcripts/00-bench-1.log"),
        "tracebacks/00-hil-abc.traceback",
    }
    assert "hunter2" not in "".join(files.values())
    assert "probing" in files["history.json"]
    assert '"held"' in files["rigs.json"]


def test_a_bundle_of_a_lab_that_is_broken_still_holds_its_inventory(line: CommandLine) -> None:
    line.write("hil.yaml", "version: 2\n")
    assert line.hil("doctor", "--bundle", "lab.zip").code == 3
    with zipfile.ZipFile(line.folder / "lab.zip") as archive:
        assert archive.read("inventory/00-hil.yaml") == b"version: 2\n"


def test_the_files_of_a_bundle_are_listed_with_their_sizes(line: CommandLine) -> None:
    line.write("hil.yaml", BENCH)
    said = line.hil("doctor", "--bundle", "lab.zip").out
    assert f"{len(BENCH)} inventory/00-hil.yaml\n" in said
    assert " history.json" in said


def test_a_traceback_is_kept_with_the_state_and_goes_into_the_bundle(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.write("hil.yaml", BENCH)
    with monkeypatch.context() as broken:
        broken.setattr("hil.cli.doctor.examine", lambda _: 1 / 0)
        said = line.hil("doctor")
    assert (said.code, str(line.folder / "state" / "tracebacks") in said.err) == (3, True)
    line.hil("doctor", "--bundle", "lab.zip")
    with zipfile.ZipFile(line.folder / "lab.zip") as archive:
        (name,) = [each for each in archive.namelist() if each.startswith("tracebacks/")]
        assert b"ZeroDivisionError" in archive.read(name)


def test_a_traceback_goes_to_the_temp_folder_where_the_state_cannot_be_written(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hil.cli.doctor.examine", lambda _: 1 / 0)
    monkeypatch.setenv("HIL_STATE", str(line.write("file", "") / "state"))
    said = line.hil("doctor")
    (kept,) = line.folder.glob("hil-*.traceback")
    assert str(kept) in said.err
