"""What the lab side needs of the world, each as small as its callers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hil.inventory.board import Exchange
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

    def write(self, data: bytes) -> None:
        """Send ``data`` whole.

        Raises:
            LinkClosed: the far side is gone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerContext:
    """What a power driver is made from."""

    rig: Rig
    control: Control
    run_tool: RunTool
    clock: Clock


class PowerSwitch(Protocol):
    """The supply of one board.

    Every call raises RigFault (code POWER) when the switch does not do as it is told.
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

    def mark(self) -> int:
        """Return a cursor behind all that the board has said."""
        ...

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        """Send one question and return the named groups of its answer.

        The answer counts if it was said after ``since``, by default after this call.
        """
        ...

    def send(self, text: str) -> None:
        """Send text as it is."""
        ...

    def stream(self) -> ByteLink:
        """Return a byte stream that starts with what the board says next."""
        ...


class Flasher(Protocol):
    """Puts an image on a board; what it reports is not believed, the session proves it."""

    def flash(self, image: bytes, console: Console, *, progress: Progress) -> None:
        """Transfer ``image`` to a board that stands in its bootloader.

        Raises:
            RigFault: the transfer failed, timed out or was refused.
        """
        ...
