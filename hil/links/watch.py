"""Watch: the detectors that are armed as long as a line is open.

They look for what a board says when it dies (panic, assertion, watchdog) and for starts that
nobody asked for. All patterns run as one, so that arming twenty costs as little as arming one;
only a piece in which something was found is looked at pattern by pattern.
"""

import enum
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from hil.inventory.pattern import Match, Pattern, any_of

_TAIL = 1024  # the longest text that a detector may span, in bytes
_MOST_ALARMS = 4096


class AlarmKind(enum.StrEnum):
    """What a detector saw; also the code of the fault it becomes."""

    PANIC = "PANIC"
    ASSERTION = "ASSERTION"
    WATCHDOG = "WATCHDOG"
    BOOT_LOOP = "BOOT_LOOP"
    RESET = "UNEXPECTED_RESET"
    SILENCE = "SILENCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing a detector saw, at which byte of the transcript."""

    kind: AlarmKind
    offset: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A pattern, and what it means that a board says it."""

    kind: AlarmKind
    pattern: str


class Watch:
    """Reads along with the transcript. ``reset`` is what the board prints whenever it starts."""

    def __init__(self, detectors: Sequence[Detector] = (), *, reset: str = "") -> None:
        armed = [(detector.kind, Pattern(detector.pattern)) for detector in detectors]
        if reset:
            armed.append((AlarmKind.RESET, Pattern(reset)))
        self._armed = armed
        self._any = any_of([pattern for _, pattern in armed])
        self._tail = b""
        self._offset = 0
        self._scanned = 0
        self._expected_resets = 0
        self._starting = False
        self._alarms: deque[Alarm] = deque(maxlen=_MOST_ALARMS)

    @property
    def alarms(self) -> Sequence[Alarm]:
        """What was seen, in order; of very many only the latest."""
        return self._alarms

    def expect_reset(self) -> None:
        """Allow the board to start once more: the harness is about to make it."""
        self._expected_resets += 1
        self._starting = True

    def forget_resets(self) -> None:
        """Take back what was allowed and did not happen: the board is up."""
        self._expected_resets = 0
        self._starting = False

    def first(self, since: int) -> Alarm | None:
        """Return the first alarm at or after byte ``since``."""
        if not self._alarms or self._alarms[-1].offset < since:
            return None
        return self._alarms[bisect_left(self._alarms, since, key=lambda alarm: alarm.offset)]

    def feed(self, data: bytes) -> None:
        """Look at the next piece; a text that two pieces share is found once."""
        if self._any is None:
            return
        text = self._tail + data
        base = self._offset - len(self._tail)
        self._offset += len(data)
        if self._any.search(text) is not None:
            self._look(text, base)
        keep = max(len(text) - _TAIL, self._scanned - base, 0)
        self._tail = text[keep:]

    def _look(self, text: bytes, base: int) -> None:
        found: list[tuple[Match, AlarmKind]] = []
        for kind, pattern in self._armed:
            at = 0
            while match := pattern.search(text, at):
                found.append((match, kind))
                at = max(match.end, at + 1)
        for match, kind in sorted(found, key=lambda entry: entry[0].start):
            if base + match.start >= self._scanned:
                self._scanned = base + match.end
                self._take(kind, base + match.start, match.text)

    def _take(self, kind: AlarmKind, offset: int, text: str) -> None:
        if kind is AlarmKind.RESET:
            if self._expected_resets:
                self._expected_resets -= 1
                return
            # Before it was up: the board starts again and again. Afterwards: it fell over.
            kind = AlarmKind.BOOT_LOOP if self._starting else kind
        self._alarms.append(Alarm(kind=kind, offset=offset, text=text))
