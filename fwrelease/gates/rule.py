"""Rule: one thing a policy demands of a build before it may enter a context."""

import enum
from dataclasses import dataclass
from datetime import timedelta


class ProofNeeded(enum.Enum):
    """How sure it must be that the image which was tested is the image that is meant."""

    ON_BOARD = "on-board"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitesRule:
    """Every suite passed on every board and revision that the build ships for."""

    id: str
    owner: str
    waivable_by: tuple[str, ...]
    suites: tuple[str, ...]
    max_age: timedelta | None
    proof: ProofNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRule:
    """The largest value measured on each board and revision is at most ``at_most``."""

    id: str
    owner: str
    waivable_by: tuple[str, ...]
    measurement: str
    at_most: float
    max_age: timedelta | None
    proof: ProofNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSizeRule:
    """Every image of the build is at most ``at_most_bytes`` long."""

    id: str
    owner: str
    waivable_by: tuple[str, ...]
    at_most_bytes: int


Rule = SuitesRule | MeasurementRule | ImageSizeRule
