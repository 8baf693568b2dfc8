"""Watch: the detectors that are armed as long as a line is open: panics and unexpected resets."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from hil.inventory.pattern import Pattern

_TAIL = 1024


class AlarmKind(enum.StrEnum):
    """What a detector saw; also the code of the fault it becomes."""

    PANIC = "PANIC"
    RESET = "UNEXPECTED_RESET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing a detector saw, at which byte of the transcript."""

    kind: AlarmKind
    offset: int
    text: str


class Watch:
    """Reads along with the transcript. ``reset`` is what the board prints whenever it starts."""

    def __init__(self, *, panic: Sequence[str], reset: str) -> None:
        self._panic = [Pattern(text) for text in panic]
        self._reset = Pattern(reset) if reset else None
        self._tail = b""
        self._offset = 0
        self._scanned = 0
        self._expected_resets = 0
        self.alarms: list[Alarm] = []

    def expect_reset(self) -> None:
        """Allow the board to start once more: the harness is about to make it."""
        self._expected_resets += 1

    def forget_resets(self) -> None:
        """Take back what was allowed and did not happen."""
        self._expected_resets = 0

    def feed(self, data: bytes) -> None:
        """Look at the next piece; a text that two pieces share is found once."""
        text = self._tail + data
        base = self._offset - len(self._tail)
        self._offset += len(data)
        found: list[tuple[int, int, Alarm | None]] = []
        for pattern in self._panic:
            found += [
                (start, end, Alarm(kind=AlarmKind.PANIC, offset=start, text=words))
                for start, end, words in self._matches(pattern, text, base)
            ]
        if self._reset:
            found += [
                (start, end, Alarm(kind=AlarmKind.RESET, offset=start, text=words))
                for start, end, words in self._matches(self._reset, text, base)
            ]
        for _, end, alarm in sorted(found, key=lambda entry: entry[0]):
            self._scanned = max(self._scanned, end)
            self._take(alarm)
        self._tail = text[-_TAIL:]

    def _take(self, alarm: Alarm | None) -> None:
        if alarm is None:
            return
        if alarm.kind is AlarmKind.RESET and self._expected_resets:
            self._expected_resets -= 1
        else:
            self.alarms.append(alarm)

    def _matches(self, pattern: Pattern, text: bytes, base: int) -> list[tuple[int, int, str]]:
        matches = []
        at = max(0, self._scanned - base)
        while found := pattern.search(text[at:]):
            matches.append((base + at + found.start, base + at + found.end, found.text))
            at += max(found.end, 1)
        return matches
