"""Campaign: what ``hil run`` left in its out folder, as the values that a page shows."""

from dataclasses import dataclass
from datetime import datetime

PASSED, FAILED = "passed", "failed"
MAIN, CONFIRM, CONTROL = "main", "confirm", "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A candidate image of the campaign."""

    board: str
    revision: str
    version: str
    image_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A rig as the campaign left it; ``reason`` says why it is out of the pool."""

    rig: str
    board: str
    revision: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a case; ``excerpt`` is the transcript before its end, unless it passed."""

    rig: str
    wave: str
    image_sha256: str
    outcome: str
    started: datetime
    duration_s: float
    signature: str
    says: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case on one board and revision, as the campaign judged it."""

    case: str
    board: str
    revision: str
    verdict: str
    layer: str
    code: str
    signature: str
    says: str
    attempts: tuple[Attempt, ...]

    @property
    def place(self) -> str:
        """The board and revision."""
        return f"{self.board}:{self.revision}"

    @property
    def first_failures(self) -> tuple[Attempt, ...]:
        """The first attempt on each rig that did not pass, in the order they were made."""
        first: dict[str, Attempt] = {}
        for attempt in self.attempts:
            if attempt.outcome != PASSED:
                first.setdefault(attempt.rig, attempt)
        return tuple(first.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign that has ended."""

    campaign: str
    suite: str
    verdict: str
    headline: str
    wall_s: float
    images: tuple[Image, ...]
    rigs: tuple[Rig, ...]
    cases: tuple[Case, ...]
