"""A person at a terminal: types keys to a program on a real pty and reads its screen."""

import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

# The terminal has to be the program's controlling one, so that it is its /dev/tty.
_AT_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Person:
    """Sits before one program; use it in a ``with``, which ends the program."""

    def __init__(
        self, argv: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.screen = b""
        self._read_to = 0
        self._master, self._slave = os.openpty()
        self._settings = self._terminal()
        self._program = subprocess.Popen(
            [sys.executable, "-c", _AT_A_TERMINAL, *argv],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=folder,
            env=dict(os.environ) | dict(environment or {}),
            start_new_session=True,
        )

    def _terminal(self) -> list[Any]:
        return termios.tcgetattr(self._slave)[:4]

    @property
    def terminal_is_as_before(self) -> bool:
        """Whether the terminal takes lines again, as it did before the program."""
        return self._terminal() == self._settings

    def types(self, keys: str | bytes) -> None:
        """Press keys."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def sees(self, text: str, *, within_s: float = 20.0) -> bool:
        """Read on until ``text`` comes, behind what was seen before."""
        wanted, until = text.encode(), time.monotonic() + within_s
        while (at := self.screen.find(wanted, self._read_to)) < 0:
            has_ended = self._program.poll() is not None
            read_to = len(self.screen)
            if len(self.reads()) == read_to and (has_ended or time.monotonic() > until):
                return False
        self._read_to = at + len(wanted)
        return True

    def reads(self) -> bytes:
        """Return all that is on the screen, once a moment was quiet."""
        while select.select([self._master], [], [], 0.02)[0]:
            self.screen += os.read(self._master, 4096)
        return self.screen

    def leaves_with(self, *, within_s: float = 20.0) -> int:
        """Return the exit code; what the program says meanwhile is on the screen."""
        until = time.monotonic() + within_s
        while self._program.poll() is None and time.monotonic() < until:
            self.reads()
        self.reads()
        return self._program.wait(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self._program.kill()
        self._program.wait()
        os.close(self._master)
        os.close(self._slave)
