"""Stamps: the time of day before each line that a board says, and not a byte of it changed."""

import re
from datetime import datetime

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


class Stamper:
    """Feed it what was said, in pieces of any size; it returns what to show.

    A line is stamped where its first visible byte comes: an empty one stays empty, and a carriage
    return in front, as boards that end their lines with LF CR have it, stands before the stamp.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._at_start = True

    def toggle(self) -> None:
        """Stamp from the next line on, or no longer."""
        self.is_on = not self.is_on

    @property
    def at_line_start(self) -> bool:
        """Whether nothing stands on the line that comes next."""
        return self._at_start

    def stamp(self, said: bytes, now: datetime) -> bytes:
        """Return ``said`` with ``now`` (UTC) before each line that begins in it."""
        time = f"[{now:%H:%M:%S}.{now.microsecond // 1000:03d}] " if self.is_on else ""
        return b"".join(self._begin(line, time.encode()) for line in _LINE.findall(said))

    def _begin(self, line: bytes, time: bytes) -> bytes:
        visible = line.lstrip(b"\r")
        begins = self._at_start and visible not in {b"", b"\n"}
        shown = line.removesuffix(visible) + time + visible if begins else line
        self._at_start = line.endswith(b"\n") or (self._at_start and not begins)
        return shown
