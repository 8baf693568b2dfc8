"""A board that is a program and dies: each command says so, and where its last words are."""

import sys
from pathlib import Path

import pytest

from hil.app import Lab
from hil.errors import BoardEnded
from hil.inventory.pattern import Pattern
from hil.links.transcript import Cursor
from hil.opening import open_session
from hil.registry import find_rig, load_inventory
from tests.support.command import CommandLine, a_command_line

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

BOARD = """
import select, socket, sys
port, greeting, then = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
with socket.create_server(("127.0.0.1", port)) as server:
    link = server.accept()[0]
    link.sendall(greeting)
    while then == "run" and b"die" not in link.recv(100):
        pass
    select.select([], [], [], 0.3)  # so that its power was seen to be on
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
    a_board(line, says="nano> ", then="run")
    lab = Lab(load_inventory(line.folder / "hil.yaml"), line.folder / "state")
    rig = find_rig(lab.inventory, "bench-1")
    with open_session(lab, rig, transcript=line.folder / "bench-1.log") as session:
        session.power_on()
        session.send("die")
        with pytest.raises(BoardEnded, match=r"ended, exit 3: could not load bios") as ended:
            session.line.expect(Pattern("never said"), since=Cursor(0), timeout_s=60.0)
    assert ended.value.code == "LINK_CLOSED"
    assert "state/rigs/bench-1/program.log" in ended.value.hint


def board_part(line: CommandLine, *, code: int) -> tuple[str, str]:
    said = line.hil("rig", "check", "bench-1", "--format", "json")
    assert said.code == code
    part = said.document("hil-rig-check")["parts"][-1]
    return part["state"], part["says"] + part["hint"]


def test_a_check_fails_on_a_board_that_dies_right_after_its_line_was_opened(
    line: CommandLine,
) -> None:
    a_board(line, says="", then="die")
    state, says = board_part(line, code=3)
    assert state == "bad"
    assert "exit 3: could not load bios" in says
    assert "state/rigs/bench-1/program.log" in says


def test_a_check_shows_what_a_living_board_said(line: CommandLine) -> None:
    a_board(line, says="app 1.0.0", then="run")
    assert board_part(line, code=0) == ("good", "app 1.0.0")


def test_a_check_has_a_doubt_about_a_board_that_says_nothing(line: CommandLine) -> None:
    a_board(line, says="", then="run", boot_s=0.1)
    state, says = board_part(line, code=0)
    assert state == "unknown"
    assert "it said nothing" in says
    assert "hil console --rig bench-1" in says
