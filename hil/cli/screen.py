"""Screen: what a board says, shown as it says it, by a thread of its own.

So neither a menu nor a power cycle holds it up. What the board says goes to standard output and
nothing else does; our own words go to standard error.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from hil.cli.stamps import Stamper
from hil.interfaces import Clock
from hil.links.transcript import Cursor, Transcript
from hil.links.watch import Alarm

_ERASE_LINE = b"\r\x1b[K"
_FINISH_S = 5.0


class Screen:
    """Follows ``transcript`` from its first byte until :meth:`finish`.

    ``wake`` is called when an alarm was seen, and when nothing more will be shown because the line
    is gone or nobody reads standard output any more. ``new_line`` ends our own lines.
    """

    def __init__(
        self,
        transcript: Transcript,
        *,
        stamper: Stamper,
        clock: Clock,
        wake: Callable[[], None],
        new_line: str = "\n",
    ) -> None:
        self.alarms: deque[Alarm] = deque()
        self._transcript = transcript
        self._stamper = stamper
        self._clock = clock
        self._wake = wake
        self._new_line = new_line
        self._cursor = Cursor(0)
        self._looked = 0
        self._until: Cursor | None = None
        self._prompt = b""
        self._is_fresh = True
        self._has_ended = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._follow, name="screen", daemon=True)
        self._thread.start()

    @property
    def is_on(self) -> bool:
        """Whether it still shows what comes."""
        return not self._has_ended

    def _follow(self) -> None:
        try:
            while said := self._transcript.follow(self._cursor, until=lambda: self._until):
                self._show(said)
                self._look_for_alarms()
        except OSError:
            pass  # nobody reads what we write, `| head` for example: no reason to complain
        self._has_ended = True  # before the wake: who is woken asks at once
        self._wake()

    def _show(self, said: bytes) -> None:
        with self._lock:
            if self._prompt:
                self._write_aside(_ERASE_LINE)
            _write(sys.stdout.fileno(), self._stamper.stamp(said, self._clock.utc()))
            self._cursor = Cursor(self._cursor + len(said))
            self._is_fresh = self._stamper.at_line_start
            if self._prompt:
                self._write_aside((b"" if self._is_fresh else self._end_line()) + self._prompt)

    def _look_for_alarms(self) -> None:
        while alarm := self._transcript.watch.first(self._looked):
            self._looked = alarm.offset + 1
            self.alarms.append(alarm)
            self._wake()

    # -- our own words -------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Say something on a line of its own."""
        lines = "".join(f"{line}{self._new_line}" for line in text.splitlines())
        with self._lock:
            self._write_aside(self._make_room() + lines.encode() + self._prompt)

    def ask(self, prompt: bytes) -> None:
        """Keep ``prompt`` as the last thing on the screen; an empty one takes it away."""
        with self._lock:
            room = self._make_room()
            self._prompt = prompt
            self._write_aside(room + prompt)

    def toggle_stamps(self) -> bool:
        """Say the time before each line, or no longer; returns whether it does now."""
        with self._lock:
            self._stamper.toggle()
            return self._stamper.is_on

    def _make_room(self) -> bytes:
        """Return what brings us to an empty line; a line that the board began stays."""
        is_fresh, self._is_fresh = self._is_fresh, True
        if self._prompt:
            return _ERASE_LINE
        return b"" if is_fresh else self._end_line()

    def _end_line(self) -> bytes:
        return self._new_line.encode()

    def _write_aside(self, data: bytes) -> None:
        with suppress(OSError):  # without a standard error the board's words are still worth it
            _write(sys.stderr.fileno(), data)

    def finish(self) -> None:
        """Show what has come until now, and end; what follows begins on a line of its own."""
        self._until = self._transcript.mark()
        self._transcript.rouse()
        self._thread.join(_FINISH_S)
        if self._has_ended:  # else it hangs in a terminal that takes nothing more
            self._write_aside(self._make_room())


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
