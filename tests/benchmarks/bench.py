"""Bench: a pty with a board process at its far end, and our session at the near one."""

import json
import os
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hil.app import Lab
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.links.line import Line
from hil.opening import open_session
from hil.session import Session

_BOARD = Path(__file__).with_name("board.py")
_FLASH_S = 600
DETECTORS = (
    r"\*\*\* PANIC",
    r">>> ZEPHYR FATAL ERROR",
    r"ASSERTION FAIL",
    r"\*{5} (?:USAGE|BUS|MPU|SECURE|HARD) FAULT \*{5}",
    r"Guru Meditation Error",
    r"abort\(\) was called at PC",
    r"assert failed: \S+",
    r"Brownout detector was triggered",
    r"Task watchdog got triggered",
    r"Stack canary watchpoint triggered",
    r"stack overflow in task",
    r"\+\+ MbedOS (?:Error|Fault) ",
    r"up_assert: Assertion failed",
    r"up_hardfault: PANIC",
    r"Kernel panic - not syncing",
    r"Unable to handle kernel \w+",
    r"Oops: [0-9a-f]{4}",
    r"BUG: soft lockup",
    r"Unhandled exception: \w+",
    r"### ERROR ### Please RESET the board",
)
"""Twenty: what Zephyr, ESP-IDF, FreeRTOS, Mbed, NuttX, Linux and U-Boot say in trouble."""


@dataclass(frozen=True, slots=True)
class Pty:
    """A raw pty: the descriptor of the board's end, and the path of the harness's."""

    board: int
    path: str


@contextmanager
def a_pty() -> Iterator[Pty]:
    """Open a pty; its near end stays open, so that contenders may come and go."""
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        yield Pty(master, os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)


class BoardProcess:
    """A board that waits for the word to begin."""

    def __init__(self, pty: Pty, *task: str) -> None:
        what, *rest = task
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_BOARD), what, str(pty.board), *rest],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[pty.board],
        )

    def begin(self) -> None:
        """Tell it to write."""
        assert self._child.stdin
        self._child.stdin.write(b"go\n")
        self._child.stdin.flush()

    def began_ns(self) -> int:
        """Return the monotonic time of its first write, once it says so."""
        assert self._child.stdout
        return int(self._child.stdout.readline())

    def close(self) -> None:
        """End it, whatever it does."""
        self._child.kill()
        self._child.communicate()


@contextmanager
def a_board(pty: Pty, *task: str) -> Iterator[BoardProcess]:
    """Start a board process and end it afterwards."""
    board = BoardProcess(pty, *task)
    try:
        yield board
    finally:
        board.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """How the bootloader of a board receives: our driver, its command, and its last words."""

    driver: str = "xmodem1k"
    start: str = "load"
    accepted: str = "received"
    refused: str = "failed"


@contextmanager
def our_session(
    path: str, folder: Path, *, baud: int = 115200, receiving: Receiving | None = None
) -> Iterator[Session]:
    """Open a rig that YAML describes, as every command does: twenty detectors, transcript on disk.

    The transcript is ``bench.log`` in ``folder``.
    """
    how = receiving or Receiving()
    flasher = {
        "driver": how.driver,
        "start": how.start,
        "accepted": how.accepted,
        "refused": how.refused,
        "window": "never",
        "enter": "never",
        "prompt": "never",
        "timeout_s": _FLASH_S,
    }
    console = {"prompt": "nano> ", "banner": "never", "panic": list(DETECTORS)}
    rig = {
        "board": "bench",
        "revision": "a",
        "serial": path,
        "power": {"driver": "command", "on": "true", "off": "true"},
    }
    inventory = {
        "version": 1,
        "boards": {"bench": {"baud": baud, "console": console, "flasher": flasher}},
        "rigs": {"bench": rig},
    }
    document = read_document(json.dumps(inventory), name="bench.yaml")  # JSON is YAML
    lab = Lab(
        inventory=parse_inventory([document], source="bench.yaml"),
        state=folder / "state",
        locks=folder / "locks",
    )
    described = lab.inventory.rigs["bench"]
    with open_session(lab, described, transcript=folder / "bench.log") as session:
        yield session


@contextmanager
def our_line(path: str, folder: Path) -> Iterator[Line]:
    """Open our line, as a session does."""
    with our_session(path, folder) as session:
        yield session.line
