"""Guarded: a child process under a guard, as the harness starts it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from hil.leases import guard


class Guarded:
    """A running child. Whatever ends the harness ends the child and all it started.

    With ``orders=PIPE`` it hears what :meth:`say` is told; with ``output=PIPE`` what it says comes
    out of ``said``, which ends only when nothing of it lives.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        leases: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        orders: IO[bytes] | int = subprocess.DEVNULL,
        output: IO[bytes] | int | None = None,
    ) -> None:
        control, self._hold = os.pipe()
        command = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(control)]
        command += [",".join(map(str, leases)), "--", *argv]
        self._guard = subprocess.Popen(
            command,
            stdin=orders,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=dict(environment) if environment is not None else None,
            pass_fds=[control, *leases],
        )
        os.close(control)
        if self._guard.stdin is not None:
            # A child that does not read must not stop the harness once the pipe is full.
            os.set_blocking(self._guard.stdin.fileno(), False)

    @property
    def said(self) -> IO[bytes]:
        """What the child says, where its output was asked for by a pipe."""
        if self._guard.stdout is None:
            raise ValueError("this child was not started with output=PIPE")
        return self._guard.stdout

    def say(self, words: bytes) -> None:
        """Write to the child's standard input, whole.

        Raises:
            OSError: it has ended, or does not read what it was told before.
        """
        if self._guard.stdin is None:
            raise ValueError("this child was not started with orders=PIPE")
        sent = os.write(self._guard.stdin.fileno(), words)
        if sent != len(words):
            raise BlockingIOError(f"took {sent} of {len(words)} bytes")

    @property
    def pid(self) -> int:
        """The process id of the guard."""
        return self._guard.pid

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Return the child's exit code, or None if it still runs after ``timeout_s``."""
        try:
            code = self._guard.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self._let_go()
        return code

    def look(self, timeout_s: float) -> int | None:
        """Return the exit code as :meth:`wait` does, from whatever thread; nothing is closed."""
        with suppress(subprocess.TimeoutExpired):
            return self._guard.wait(timeout_s)
        return None

    def end(self) -> None:
        """Kill the child and everything it started; returns when none of it lives."""
        self._let_go()
        self._guard.wait()

    def _let_go(self) -> None:
        if self._hold >= 0:
            os.close(self._hold)
            self._hold = -1
            if self._guard.stdin is not None:
                self._guard.stdin.close()
