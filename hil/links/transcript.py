"""Transcript: all that a board said, in order, with the time each piece came; nothing is lost.

One thread appends, any thread waits. A cursor is an offset in bytes; what was said before a cursor
never answers a question that was asked after it. The last few MiB are kept in memory, all of it in
the file. Beside it stands a file of times, one line for each piece::

    2026-03-02T12:00:00.123456+00:00 81234.123456 +OFFSET LENGTH    the board said so many bytes
    2026-03-02T12:00:00.123456+00:00 81234.123456 >OFFSET TEXT      we said this at that point

with UTC and monotonic seconds.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from hil.interfaces import Clock
from hil.inventory.pattern import Match, Pattern
from hil.links.watch import Alarm, AlarmKind, Watch

Cursor = NewType("Cursor", int)
_OVERLAP = 4096  # the longest text that a pattern may span, in bytes
_SETTLE_S = 0.03  # a match at the very end may still grow: `\d+` on "boot_ms 12|3"
_MEMORY = 8 << 20  # bytes kept in memory behind the last one said


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A pattern that was seen, where it ended, and its named groups."""

    end: Cursor
    text: str
    groups: dict[str, str]


class Transcript:
    """Append-only; written to ``path`` as raw bytes, beside it the time of each piece.

    With ``silence_s`` a board that says nothing for so long while somebody waits raises an alarm.
    """

    def __init__(
        self, path: Path, *, watch: Watch, clock: Clock, silence_s: float | None = None
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.watch = watch
        self._clock = clock
        self._silence_s = silence_s
        self._data = bytearray()
        self._dropped = 0
        self._size = 0
        self._heard_s = clock.monotonic()
        self._changed = threading.Condition()
        self._closed: str | None = None
        self._raw = path.open("ab", buffering=0)
        self._times = path.with_suffix(".times").open("a", encoding="utf-8", buffering=1)
        self._base = self._raw.tell()

    def append(self, data: bytes) -> None:
        """Take what the board said; wakes everyone who waits."""
        with self._changed:
            self._note(f"+{self._base + self._size} {len(data)}")
            self._raw.write(data)
            self._data += data
            self._size += len(data)
            self._heard_s = self._clock.monotonic()
            if len(self._data) > 2 * _MEMORY:
                self._dropped += len(self._data) - _MEMORY
                del self._data[:-_MEMORY]
            self.watch.feed(data)
            self._changed.notify_all()

    def note_sent(self, data: bytes) -> None:
        """Record what we said, beside what the board said."""
        shown = data[:80].decode("latin-1").encode("unicode_escape").decode()
        with self._changed:
            self._heard_s = self._clock.monotonic()  # it may think from now on
            self._note(f">{self._base + self._size} {shown}")

    def _note(self, what: str) -> None:
        if self._closed is None:
            now = self._clock.utc().isoformat()
            self._times.write(f"{now} {self._clock.monotonic():.6f} {what}\n")

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
            return Cursor(self._size)

    def position(self) -> int:
        """Return the size of the file so far, in bytes."""
        with self._changed:
            return self._base + self._size

    def since(self, cursor: Cursor) -> bytes:
        """Return what was said after ``cursor``."""
        with self._changed:
            return self._slice(cursor)

    def _slice(self, cursor: int) -> bytes:
        if cursor >= self._dropped:
            return bytes(self._data[cursor - self._dropped :])
        with self.path.open("rb") as stream:
            stream.seek(self._base + cursor)
            return stream.read(self._size - cursor)

    def wait_data(self, cursor: Cursor, deadline: float) -> bytes:
        """Return what was said after ``cursor``; b"" once ``deadline`` passed or it closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._size > cursor or self._closed is not None,
                max(0.0, deadline - self._clock.monotonic()),
            )
            return self._slice(cursor)

    def follow(self, cursor: Cursor, *, until: Callable[[], Cursor | None]) -> bytes:
        """Wait for what is said after ``cursor`` and return it, however long that takes.

        Returns b"" once it closed, or once ``until`` tells the end and ``cursor`` has got there;
        what ``until`` says is asked anew after :meth:`rouse`.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._size > cursor or self._closed is not None or until() is not None
            )
            end = until()
            return b"" if end is not None and cursor >= end else self._slice(cursor)

    def rouse(self) -> None:
        """Make those who follow ask again whether it is enough."""
        with self._changed:
            self._changed.notify_all()

    def settled(self, cursor: int, *, quiet_s: float, within_s: float) -> bytes:
        """Return what was said after ``cursor`` once the board has been quiet for ``quiet_s``."""
        deadline = self._clock.monotonic() + within_s
        with self._changed:
            while self._closed is None and (left_s := deadline - self._clock.monotonic()) > 0:
                size = self._size
                if not self._changed.wait_for(lambda: self._size > size, min(quiet_s, left_s)):  # noqa: B023
                    break
            return self._slice(cursor)

    def wait_match(self, pattern: Pattern, cursor: Cursor, deadline: float) -> Seen | Alarm | None:
        """Return the match, or the alarm that came before it, or None: too late or closed."""
        start = int(cursor)
        with self._changed:
            self._heard_s = max(self._heard_s, self._clock.monotonic())
            while True:
                size = self._size
                start = max(start, self._dropped)
                found = pattern.search(self._data, start - self._dropped)
                alarm = self.watch.first(cursor)
                if alarm and (found is None or alarm.offset < self._dropped + found.start):
                    return alarm
                if found and not self._may_grow(pattern, self._dropped + found.end, size):
                    return self._seen(found)
                if not found:
                    start = max(start, size - _OVERLAP)
                    if (ended := self._wait_beyond(size, deadline)) is not None:
                        return ended.alarm

    def _seen(self, found: Match) -> Seen:
        end = Cursor(self._dropped + found.end)
        return Seen(end=end, text=found.text, groups=dict(found.groups))

    def _may_grow(self, pattern: Pattern, end: int, size: int) -> bool:
        """Whether more came just behind a match that stands at the very end."""
        return (
            end == size
            and self._closed is None
            and pattern.may_grow
            and self._changed.wait_for(lambda: self._size > size, _SETTLE_S)
        )

    def _wait_beyond(self, size: int, deadline: float) -> "_Ended | None":
        """Wait for more than ``size`` bytes; None: they came."""
        while self._closed is None:
            silent_at = self._silent_at()
            until = min(deadline, silent_at)
            if self._changed.wait_for(
                lambda: self._size > size or self._closed is not None,
                max(0.0, until - self._clock.monotonic()),
            ):
                break
            if self._clock.monotonic() >= self._silent_at():
                text = f"nothing for {self._silence_s:g} s"
                return _Ended(alarm=Alarm(kind=AlarmKind.SILENCE, offset=size, text=text))
            if until == deadline:
                return _Ended()
        return None if self._size > size else _Ended()

    def _silent_at(self) -> float:
        return float("inf") if self._silence_s is None else self._heard_s + self._silence_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A wait that ended without more bytes; by an alarm, or too late."""

    alarm: Alarm | None = None
