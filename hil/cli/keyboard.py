"""Keyboard: what comes from standard input, waited for together with what happens meanwhile."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BITE = 4096


class Keyboard:
    """Standard input, a terminal's or another. Close it to give its pipe back."""

    def __init__(self) -> None:
        self._input = sys.stdin.fileno()
        self._early = b""
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person types."""
        return os.isatty(self._input)

    def wake(self) -> None:
        """End the wait, from any thread."""
        with suppress(BlockingIOError, OSError):  # full: it ends anyway; closed: nobody waits
            os.write(self._wake, b".")

    def wait(self) -> bytes | None:
        """Return what was typed, b"" if something else woke us, or None at the end of the input."""
        early, self._early = self._early, b""
        if early:
            return early
        ready, _, _ = select.select([self._input, self._woken], [], [])
        if self._woken in ready:
            os.read(self._woken, _BITE)
            return b""
        return self._read() or None

    def has_typed(self, key: bytes) -> bool:
        """Tell whether ``key`` was typed by now, and take it away; the other keys stay."""
        if select.select([self._input], [], [], 0)[0]:
            self._early += self._read()
        if key not in self._early:
            return False
        self._early = self._early.replace(key, b"", 1)
        return True

    def _read(self) -> bytes:
        try:
            return os.read(self._input, _BITE)
        except OSError:  # the terminal was closed
            return b""

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._wake)
        os.close(self._woken)


@contextmanager
def raw_keyboard(keyboard: Keyboard) -> Iterator[None]:
    """Take every key as it is typed; without a terminal there is nothing to set."""
    if not keyboard.is_terminal:
        yield
        return
    import termios  # noqa: PLC0415 (absent on Windows)
    import tty  # noqa: PLC0415

    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin, termios.TCSADRAIN)  # its default throws away what was typed before
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
