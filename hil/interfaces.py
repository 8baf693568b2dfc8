"""What the lab side needs of the world, each as small as its callers."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fwrelease.evidence.image import Format, Image, flat
from hil.inventory.board import Board, Exchange, FlasherSpec
from hil.inventory.rig import Rig

Progress = Callable[[str, float], None]
"""Told the phase a rig is in, and how much of it is done, 0..1."""

Control = Callable[[Mapping[str, str]], Mapping[str, object]]
"""Asks the adapter of a virtual rig for something, and returns its answer."""

RunTool = Callable[[Sequence[str], float], "ToolResult"]
"""Runs a command-line tool under a guard, for at most so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """How a tool ended; ``exit_code`` is None when it was killed at its deadline."""

    exit_code: int | None
    output: str


class Clock(Protocol):
    """Time, for deadlines and for records."""

    def monotonic(self) -> float:
        """Return seconds that only go forward."""
        ...

    def utc(self) -> datetime:
        """Return the aware UTC time."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass, where the physics of a board ask for it and nothing can be awaited."""
        ...


class ByteLink(Protocol):
    """A byte stream to a board."""

    def read(self, deadline: float) -> bytes:
        """Return at least one byte, or b"" once ``deadline`` (monotonic seconds) has passed.

        Raises:
            LinkClosed: the far side is gone.
        """
        ...

    def write(self, data: bytes, deadline: float) -> None:
        """Send ``data`` whole, or what of it is taken before ``deadline`` (monotonic seconds).

        Raises:
            LinkClosed: the far side is gone.
            LinkStuck: the deadline passed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerContext:
    """What a power driver is made from.

    ``places`` are the values of the placeholders in its options: ``rig``, ``port`` (a free TCP
    port of this session), ``folder`` (one that belongs to this rig), ``probe_id``.
    """

    rig: Rig
    control: Control
    run_tool: RunTool
    clock: Clock
    places: Mapping[str, str] = field(default_factory=dict)
    leases: Sequence[int] = ()


class PowerSwitch(Protocol):
    """The supply of one board.

    Every call raises RigFault (code POWER) when the switch does not do as it is told. A driver
    may have ``close()``, and where the board is a program ``ended(within_s) -> BoardEnded | None``,
    which the line's reader asks from its own thread when the line goes.
    """

    def on(self) -> None:
        """Give the board power."""
        ...

    def off(self) -> None:
        """Take the power away, and wait until the board is dark."""
        ...

    def reset(self) -> None:
        """Start the board anew, by its reset pin where there is one, else by its supply."""
        ...


class Console(Protocol):
    """A board's line as a flasher uses it: ask, wait for an answer, move bytes."""

    def restart(self) -> None:
        """Reset the board and stop it in its bootloader.

        Raises:
            RigFault: it did not get there.
        """
        ...

    def reset(self) -> int:
        """Start the board anew; what it says after the cursor returned, it said after that."""
        ...

    def power_cycle(self) -> int:
        """Cut the supply and give it back; returns a cursor as above."""
        ...

    def mark(self) -> int:
        """Return a cursor behind all that the board has said."""
        ...

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        """Send one question and return the named groups of its answer.

        The answer counts if it was said after ``since``, by default after this call.
        """
        ...

    def expect(
        self, pattern: str, *, since: int, timeout_s: float, shown: str = ""
    ) -> tuple[int, dict[str, str]]:
        """Wait until the board has said ``pattern``; returns the cursor behind it and its groups.

        ``shown`` stands for the pattern in a message, where a person has not written it so.

        Raises:
            ProductFault: it did not in time, or it panicked.
            RigFault: the line is gone.
        """
        ...

    def send(self, text: str) -> None:
        """Send text as it is."""
        ...

    def stream(self, *, since: int | None = None) -> ByteLink:
        """Return a byte stream that starts after ``since``, or with what the board says next."""
        ...

    def hand_over(self) -> AbstractContextManager[str]:
        """Leave the port to a tool for a while; yields its path.

        The port stays open here, unlocked and unread, so that what the board says after the tool
        has ended is not lost.

        Raises:
            RigFault: this line is no port that a tool could open.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image as it is flashed: what it says of itself, and its bytes."""

    facts: Image
    data: bytes

    @property
    def payload(self) -> bytes:
        """The bytes that end up in the board's memory, gaps filled as erased flash is."""
        if self.facts.format in {Format.ELF, Format.HEX}:
            return bytes(flat(self.data, name="the image").data)
        return self.data


@dataclass(frozen=True, slots=True, kw_only=True)
class FlasherContext:
    """What a flasher is made from. ``folder`` is where it may keep what its tool said."""

    spec: FlasherSpec
    board: Board
    rig: Rig
    clock: Clock
    run_tool: RunTool
    folder: Path
    places: Mapping[str, str] = field(default_factory=dict)
    leases: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """What a flasher reports of a transfer; it is not believed, the session proves it."""

    sent_bytes: int
    duration_s: float
    resent_blocks: int = 0


class Flasher(Protocol):
    """Puts an image on a board, within ``spec.timeout_s``."""

    def flash(self, image: ImageFile, console: Console, *, progress: Progress) -> Flashed:
        """Transfer ``image``.

        Where the board's YAML says how to enter its bootloader it stands there; else the flasher
        brings it where it needs it. An exception that passes through, a Ctrl-C for example,
        leaves neither a child nor a receiver that waits for more.

        Raises:
            FlashFault: it failed, timed out or was refused; with the phase that it failed in.
        """
        ...
