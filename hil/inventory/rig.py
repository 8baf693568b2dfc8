"""Rig: the schedulable unit, one board with its line, its power and its flasher."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.inventory.board import Board

Option = str | int | float | bool | None


class OnRelease(enum.StrEnum):
    """What is done to a rig when its lease ends, also after a failure."""

    LEAVE = "leave"
    POWER_OFF = "power_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSpec:
    """A power driver's name and its options; ``off_s`` is how long the board stays dark."""

    driver: str
    off_s: float = 2.0
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSpec:
    """What is behind a virtual rig: its chip id, the pace of its line, and the planted faults."""

    chip_id: str
    seed: int = 1
    baud: int | None = None
    latency_ms: int = 0
    faults: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """One rig of the lab. ``serial`` is a device path or URL, or ``virtual`` for a virtual rig.

    A rig that is not ``enabled`` stands in the inventory and is never used; ``notes`` say why.
    """

    name: str
    board: str
    revision: str
    serial: str
    power: PowerSpec
    capabilities: tuple[str, ...] = ()
    on_release: OnRelease = OnRelease.LEAVE
    virtual: VirtualSpec | None = None
    enabled: bool = True
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All boards and rigs of one lab, by name, in the order of the file."""

    source: str
    boards: Mapping[str, Board]
    rigs: Mapping[str, Rig]
