"""Rig: the schedulable unit, one board with its line, its power and its flasher."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hil.inventory.board import Board
from hil.inventory.detectors import DetectorTable

Option = str | int | float | bool | None


class OnRelease(enum.StrEnum):
    """What is done to a rig when its lease ends, also after a failure."""

    LEAVE = "leave"
    BASELINE = "baseline"
    POWER_OFF = "power_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSpec:
    """A power driver's name and its options; ``off_s`` is how long the board stays dark."""

    driver: str
    off_s: float = 2.0
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbIdentity:
    """A USB serial adapter by what it is, not by the path it happens to have.

    ``serial`` is the adapter's serial number, ``interface`` the port of an adapter with several,
    ``location`` the USB topology (``1-2.3``) for adapters that share a serial number.
    """

    serial: str = ""
    interface: int | None = None
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStep:
    """One step of a reset by the modem lines: levels to set (None leaves one), then held."""

    dtr: bool | None = None
    rts: bool | None = None
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpec:
    """How the line is opened: the idle levels of DTR and RTS, set before opening.

    ``latency_ms`` is what the adapter's latency timer is set to where it has one; ``return_s`` is
    how long a port that vanished is waited for, by its identity.
    """

    dtr: bool | None = None
    rts: bool | None = None
    latency_ms: int = 1
    return_s: float = 10.0


class ResetBy(enum.StrEnum):
    """What a reset is made with."""

    POWER = "power"
    LINES = "lines"
    CONSOLE = "console"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSpec:
    """How a board is started anew: by its power driver, by DTR and RTS, a word or a debug tool."""

    by: ResetBy = ResetBy.POWER
    steps: tuple[LineStep, ...] = ()
    send: str = ""
    run: str = ""


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
    """One rig of the lab.

    ``serial`` is a device path or URL, a USB identity, or ``virtual`` for a virtual rig.
    ``baseline`` is the file of the image that ``on_release: baseline`` puts back. A rig that is
    not ``enabled`` stands in the inventory and is never used; ``notes`` say why.
    """

    name: str
    board: str
    revision: str
    serial: str | UsbIdentity
    power: PowerSpec
    line: LineSpec = field(default_factory=LineSpec)
    reset: ResetSpec = field(default_factory=ResetSpec)
    probe_id: str = ""
    capabilities: tuple[str, ...] = ()
    on_release: OnRelease = OnRelease.LEAVE
    baseline: str = ""
    virtual: VirtualSpec | None = None
    enabled: bool = True
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long transcripts are kept, and how large one may grow before a new one is begun."""

    transcripts_days: float = 30.0
    transcript_mb: float = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All boards and rigs of one lab, by name, in the order of the file."""

    source: str
    boards: Mapping[str, Board]
    rigs: Mapping[str, Rig]
    keep: Keep = field(default_factory=Keep)
    detectors: Mapping[str, DetectorTable] = field(default_factory=dict)
