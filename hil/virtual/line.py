"""The line: the bytes between the board's UART and the pty, and what may happen to them there."""

import os
import random
import select
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hil.virtual.clock import VirtualClock
from hil.virtual.faults import Faults

_BITS_PER_BYTE = 10
_READ_BYTES = 4096
_PACKET_BYTES = 62  # what a full-speed USB-serial chip sends without waiting for its latency timer
_STALL_S = 0.2


@dataclass(slots=True, kw_only=True)
class Noise:
    """Loses and spoils bytes of one direction, reproducibly."""

    faults: Faults
    chance: random.Random

    def spoil(self, data: bytes) -> bytes:
        """Return what of ``data`` arrives."""
        if not self.faults.drop and not self.faults.garble:
            return data
        arrived = bytearray()
        for byte in data:
            if self.chance.random() < self.faults.drop:
                continue
            is_spoilt = self.chance.random() < self.faults.garble
            arrived.append(byte ^ self.chance.randint(1, 255) if is_spoilt else byte)
        return bytes(arrived)


@dataclass(slots=True, kw_only=True)
class Line:
    """The master end of the pty, non-blocking. ``master`` is None once the port has vanished."""

    master: int | None
    clock: VirtualClock
    faults: Faults
    inward: Noise
    outward: Noise
    vanished: Callable[[], None]
    byte_s: float = 0.0
    latency_s: float = 0.0
    _incoming: deque[tuple[float, int]] = field(default_factory=deque)
    _outgoing: bytearray = field(default_factory=bytearray)
    _held_since_s: float | None = None
    _sent_bytes: int = 0

    def send(self, byte: int) -> None:
        """Take a byte from the UART; it leaves with the next flush."""
        self._outgoing.append(byte)
        self.clock.spend(self.byte_s * 1_000_000)

    def has_byte(self) -> bool:
        """Tell whether a byte has arrived for the UART."""
        if not self._incoming:
            self._fetch()
        return bool(self._incoming) and self._incoming[0][0] <= self.clock.real_s()

    def take(self) -> int:
        """Return the next byte; 0 when there is none, as an empty UART does."""
        return self._incoming.popleft()[1] if self.has_byte() else 0

    def watched(self) -> list[int]:
        """Return what is readable when new input is there, unless older input comes first."""
        return [] if self.master is None or self._incoming else [self.master]

    def next_event_s(self) -> float | None:
        """Return when, in monotonic seconds, the line needs looking at without new input."""
        moments = [self._incoming[0][0]] if self._incoming else []
        if self._outgoing and self._held_since_s is not None:
            moments.append(self._held_since_s + self.latency_s)
        return min(moments, default=None)

    def flush(self) -> None:
        """Send what is due to be sent."""
        if not self._outgoing:
            return
        now_s = self.clock.real_s()
        if self._held_since_s is None:
            self._held_since_s = now_s
        is_full = len(self._outgoing) >= _PACKET_BYTES
        if is_full or now_s >= self._held_since_s + self.latency_s:
            self.flush_all()

    def flush_all(self) -> None:
        """Send everything at once, latency or not."""
        data = self.outward.spoil(bytes(self._outgoing))
        self._outgoing.clear()
        self._held_since_s = None
        limit = self.faults.vanish_after_bytes
        if limit is not None:
            data = data[: max(0, limit - self._sent_bytes)]
        self._write(data)
        self._sent_bytes += len(data)
        if self.master is not None and limit is not None and self._sent_bytes >= limit:
            os.close(self.master)
            self.master = None
            self.vanished()

    def _fetch(self) -> None:
        if self.master is None:
            return
        try:
            data = os.read(self.master, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the port open
            return
        arrival_s = self.clock.real_s()
        for byte in self.inward.spoil(data):
            arrival_s += self.byte_s
            self._incoming.append((arrival_s, byte))

    def _write(self, data: bytes) -> None:
        while data and self.master is not None:
            try:
                data = data[os.write(self.master, data) :]
            except BlockingIOError:
                # A UART does not wait for its reader, but a busy reader deserves a moment.
                if not select.select([], [self.master], [], _STALL_S)[1]:
                    return
            except OSError:
                return


def bits_to_byte_s(baud: int | None) -> float:
    """Return how long a byte takes on a line of ``baud`` (8N1), 0 when the line takes no time."""
    return _BITS_PER_BYTE / baud if baud else 0.0
