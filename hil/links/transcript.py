"""Transcript: all that a board said, in order, with the time each piece came; nothing is lost.

One thread appends, any thread waits. A cursor is an offset in bytes; what was said before a cursor
never answers a question that was asked after it.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from hil.interfaces import Clock
from hil.inventory.pattern import Match, Pattern
from hil.links.watch import Alarm, Watch

Cursor = NewType("Cursor", int)
_OVERLAP = 4096  # the longest text that a pattern may span, in bytes
_SETTLE_S = 0.03  # a match at the very end may still grow: `\d+` on "boot_ms 12|3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A pattern that was seen, where it ended, and its named groups."""

    end: Cursor
    text: str
    groups: dict[str, str]


class Transcript:
    """Append-only; written to ``path`` as raw bytes, beside it the time of each piece."""

    def __init__(self, path: Path, *, watch: Watch, clock: Clock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.watch = watch
        self._clock = clock
        self._data = bytearray()
        self._changed = threading.Condition()
        self._closed: str | None = None
        self._raw = path.open("ab", buffering=0)
        self._times = path.with_suffix(".times").open("a", encoding="utf-8", buffering=1)
        self._base = self._raw.tell()

    def append(self, data: bytes) -> None:
        """Take what the board said; wakes everyone who waits."""
        at = self._clock.utc().isoformat()
        with self._changed:
            self._times.write(f"{at} +{self._base + len(self._data)} {len(data)}\n")
            self._raw.write(data)
            self._data += data
            self.watch.feed(bytes(data))
            self._changed.notify_all()

    def note_sent(self, data: bytes) -> None:
        """Record what we said, beside what the board said."""
        with self._changed:
            shown = data[:80].decode("latin-1").encode("unicode_escape").decode()
            offset = self._base + len(self._data)
            self._times.write(f"{self._clock.utc().isoformat()} >{offset} {shown}\n")

    def close(self, reason: str) -> None:
        """Say that nothing more will come; waits end at once."""
        with self._changed:
            if self._closed is None:
                self._closed = reason
                self._raw.close()
                self._times.close()
            self._changed.notify_all()

    @property
    def closed(self) -> str | None:
        """Why nothing more will come, or None."""
        return self._closed

    def mark(self) -> Cursor:
        """Return a cursor behind all that was said until now."""
        with self._changed:
            return Cursor(len(self._data))

    def position(self) -> int:
        """Return the size of the file so far, in bytes."""
        with self._changed:
            return self._base + len(self._data)

    def since(self, cursor: Cursor) -> bytes:
        """Return what was said after ``cursor``."""
        with self._changed:
            return bytes(self._data[cursor:])

    def wait_data(self, cursor: Cursor, deadline: float) -> bytes:
        """Return what was said after ``cursor``; b"" once ``deadline`` passed or it closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._data) > cursor or self._closed is not None,
                max(0.0, deadline - self._clock.monotonic()),
            )
            return bytes(self._data[cursor:])

    def wait_match(self, pattern: Pattern, cursor: Cursor, deadline: float) -> Seen | Alarm | None:
        """Return the match, or the alarm that came before it, or None: too late or closed."""
        start = cursor
        with self._changed:
            while True:
                size = len(self._data)
                found = pattern.search(bytes(self._data[start:]))
                alarm = _first(self.watch.alarms, cursor)
                if alarm and (found is None or alarm.offset < start + found.start):
                    return alarm
                if found and not self._may_grow(start + found.end, size):
                    return _seen(start, found)
                if not found:
                    start = Cursor(max(cursor, size - _OVERLAP))
                    if not self._wait_beyond(size, deadline):
                        return None

    def _may_grow(self, end: int, size: int) -> bool:
        """Whether more came just behind a match that stands at the very end."""
        return (
            end == size
            and self._closed is None
            and self._changed.wait_for(lambda: len(self._data) > size, _SETTLE_S)
        )

    def _wait_beyond(self, size: int, deadline: float) -> bool:
        return self._closed is None and (
            self._changed.wait_for(
                lambda: len(self._data) > size or self._closed is not None,
                max(0.0, deadline - self._clock.monotonic()),
            )
            and len(self._data) > size
        )


def _first(alarms: Iterable[Alarm], cursor: Cursor) -> Alarm | None:
    return next((alarm for alarm in alarms if alarm.offset >= cursor), None)


def _seen(start: Cursor, found: Match) -> Seen:
    return Seen(end=Cursor(start + found.end), text=found.text, groups=dict(found.groups))
