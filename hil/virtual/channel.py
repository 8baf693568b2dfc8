"""The channel between adapter and board process: a socket pair with one JSON object a line.

To the board: first the ``start`` object (rig file content, flash path, power-on count), then
``{"do": "go"}`` and ``{"do": "reset"}``. From the board: ``{"event": "ready"}``, ``"reset"``,
``"vanished"``, ``"power-cut"``.
"""

import enum
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hil.virtual.rigfile import RigFile, parse_rig

_READ_BYTES = 65536


class Event(enum.Enum):
    """What a board process tells its adapter."""

    READY = "ready"
    RESET = "reset"
    VANISHED = "vanished"
    POWER_CUT = "power-cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The first order: what board to be, with the faults that are planted now."""

    rig: RigFile
    flash: Path
    power_ons: int

    @classmethod
    def parse(cls, order: dict[str, object]) -> Self:
        """Read the order; the adapter has checked the rig before."""
        return cls(
            rig=parse_rig(order["rig"]),
            flash=Path(str(order["flash"])),
            power_ons=int(str(order["power_ons"])),
        )


class Hangup(Exception):
    """The adapter is gone, so the board must go too."""


@dataclass(slots=True)
class BoardEnd:
    """The board's end of the channel; only ``receive`` waits."""

    socket: socket.socket
    _unread: bytes = b""

    def tell(self, event: Event) -> None:
        """Report an event."""
        self.socket.sendall(json.dumps({"event": event.value}).encode() + b"\n")

    @property
    def has_orders(self) -> bool:
        """Whether an order was read that nobody has taken yet."""
        return b"\n" in self._unread

    def receive(self) -> Iterator[dict[str, object]]:
        """Yield each whole order, waiting for one if none was left; who stops early loses none.

        Raises:
            Hangup: the adapter closed its end.
        """
        if not self.has_orders:
            self._unread += self._read()
        while self.has_orders:
            line, _, self._unread = self._unread.partition(b"\n")
            yield json.loads(line)

    def _read(self) -> bytes:
        try:
            data = self.socket.recv(_READ_BYTES)
        except ConnectionError as error:
            raise Hangup from error
        if not data:
            raise Hangup
        return data
