"""Attempt: one try of a case on one rig with one image."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.campaigns.case import CaseId


class Outcome(enum.StrEnum):
    """How an attempt ended. A failure is a hypothesis, not yet a verdict."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    SKIPPED = "skipped"


class WaveKind(enum.StrEnum):
    """Why an attempt was made: to ask, to confirm an answer, or to ask of the last good build."""

    MAIN = "main"
    CONFIRM = "confirm"
    CONTROL = "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one try showed.

    ``layer`` is whose fault it looks like from here; ``transcript_from`` and ``transcript_to`` are
    byte offsets in the transcript, ``backtrace`` are the lines of what it died of. ``proven`` says
    that the board showed which image it holds.
    """

    case: CaseId
    rig: str
    wave: WaveKind
    ordinal: int
    image_sha256: str
    outcome: Outcome
    started: str
    duration_s: float
    transcript: str
    proven: bool
    layer: str = ""
    code: str = ""
    phase: str = ""
    signature: str = ""
    says: str = ""
    transcript_from: int = 0
    transcript_to: int = 0
    backtrace: tuple[str, ...] = ()
    measurements: Mapping[str, float] = field(default_factory=dict)
