"""Verdict: the answer to one requirement, ordered so that the verdict of many is their worst."""

import enum
from collections.abc import Iterable


class Verdict(enum.IntEnum):
    """Ordered from best to worst; only PASSED and WAIVED let a build go on."""

    PASSED = 0
    WAIVED = 1
    WAITING = 2
    MISSING = 3
    STALE = 4
    ERRORED = 5
    FAILED = 6

    @property
    def word(self) -> str:
        """The verdict as scripts and people read it, in lower case."""
        return self.name.lower()


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; of none at all it is MISSING, because nothing was asked."""
    return max(verdicts, default=Verdict.MISSING)
