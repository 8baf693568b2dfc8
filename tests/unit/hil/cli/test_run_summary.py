"""`hil run` where no rig can be had: each rig is named with its reason and the way back."""

from pathlib import Path

import pytest

from tests.support.command import BENCH, CommandLine, a_command_line


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    line = a_command_line(tmp_path, capsys, monkeypatch)
    line.write("hil.yaml", BENCH)
    (line.folder / "app.bin").write_bytes(bytes(range(256)) * 16)
    return line


def summary(line: CommandLine) -> str:
    said = line.hil("run", "--image", "nano:b=app.bin", "--suite", "smoke", "--out", "out")
    assert said.code == 3
    return said.out


def test_each_rig_that_is_out_is_named_with_its_whole_reason_and_the_next_move(
    line: CommandLine,
) -> None:
    line.hil("rig", "hold", "bench-1", "--reason", "probing the reset line")
    line.hil("rig", "quarantine", "bench-2", "--reason", "loose cable")
    told = summary(line)
    assert "bench-1 is out: HELD: bench-1 is held by" in told
    assert "probing the reset line" in told
    assert "hil rig release bench-1" in told
    assert "bench-2 is out: BY_HAND: loose cable" in told
    assert "hil rig enable bench-2" in told


def test_where_nothing_was_run_no_cases_are_counted(line: CommandLine) -> None:
    line.write(
        "hil.yaml",
        BENCH.replace("null,", "null, enabled: false,").replace("zero,", "zero, enabled: false,"),
    )
    told = summary(line)
    assert "no case was run" in told
    assert "0 of 0" not in told
    assert "take `enabled: false` out" in told
