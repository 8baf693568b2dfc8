"""A board that is a program and dies: each command says so, and where its last words are."""

import sys
from pathlib import Path

import pytest

from tests.support.command import CommandLine, a_command_line

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

BOARD = """
import socket, sys
port, greeting, then = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
with socket.create_server(("127.0.0.1", port)) as server:
    link = server.accept()[0]
    link.sendall(greeting)
    while then == "run" and link.recv(100):
        pass
print("could not load bios", flush=True)
sys.exit(3)
"""
INVENTORY = """
version: 1
boards:
  nano:
    console: {{prompt: "nano> ", banner: 'app (?P<version>\\S+)', boot_timeout_s: {boot_s}}}
    flasher: {{driver: tool, command: [flash-tool, "{{image}}"]}}
rigs:
  bench-1:
    board: nano
    revision: b
    serial: "socket://127.0.0.1:{{port}}"
    line: {{return_s: 60}}
    power: {{driver: process, run: [{python}, board.py, "{{port}}", "{says}", {then}]}}
"""


@pytest.fixture
def line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    return a_command_line(tmp_path, capsys, monkeypatch)


def a_board(line: CommandLine, *, says: str, then: str, boot_s: float = 60.0) -> None:
    line.write("board.py", BOARD)
    text = INVENTORY.format(python=sys.executable, says=says, then=then, boot_s=boot_s)
    line.write("hil.yaml", text)


def test_its_end_is_told_and_no_cable_is_blamed(line: CommandLine) -> None:
    a_board(line, says="", then="die")
    said = line.hil("console", "--rig", "bench-1")
    assert said.code == 3
    assert "its program" in said.err
    assert "ended, exit 3: could not load bios" in said.err
    assert "state/rigs/bench-1/program.log" in said.err
    assert "cable" not in said.err
