"""Ring: a part of the fleet that gets a build together, and what it must show."""

from dataclasses import dataclass

from fwrelease.health.criterion import Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The ring ends with the first ``devices`` devices of the fleet, earlier rings included."""

    devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The ring ends at ``share`` of the fleet, 0..1, earlier rings included."""

    share: float


RingSize = Count | Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One step of the ladder."""

    name: str
    size: RingSize
    criterion: Criterion
