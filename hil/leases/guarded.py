"""Guarded: a child process under a guard, as the harness starts it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from hil.leases import guard


class Guarded:
    """A running child. Whatever ends the harness ends the child and all it started."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        leases: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        output: IO[bytes] | int | None = None,
    ) -> None:
        control, self._hold = os.pipe()
        command = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(control)]
        command += [",".join(map(str, leases)), "--", *argv]
        self._guard = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=dict(environment) if environment is not None else None,
            pass_fds=[control, *leases],
        )
        os.close(control)

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

    def end(self) -> None:
        """Kill the child and everything it started; returns when none of it lives."""
        self._let_go()
        self._guard.wait()

    def _let_go(self) -> None:
        if self._hold >= 0:
            os.close(self._hold)
            self._hold = -1
