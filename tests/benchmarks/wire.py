"""Wire: the model of a serial line behind a USB adapter, without a clock: times come in (ns).

::

    host ──▶ Pace ──────────────────────▶ board     10 bits a byte, after the byte before it
    host ◀── held by the adapter ◀── Pace ◀── board   the same, then held

The adapter keeps what the board says until ``latency`` has passed since the first byte that it
holds, or 62 bytes are there (FTDI AN232B-04: a 64-byte packet with two bytes of status). That is
the worst case for a lone ACK. What the host sends leaves at once: its delay is 0.
"""

import math

NS_PER_S = 10**9
BITS_PER_BYTE = 10
PACKET_BYTES = 62


class Pace:
    """Bytes that pass one after another, ``baud`` / 10 in a second."""

    def __init__(self, baud: int) -> None:
        self._baud = baud
        self._queue = bytearray()
        self._start_ns = 0
        self._passed = 0

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, data: bytes, now_ns: int) -> None:
        """Queue ``data``; where nothing waits, its first bit leaves now."""
        if not self._queue:
            self._start_ns, self._passed = now_ns, 0
        self._queue += data

    def take(self, now_ns: int) -> list[tuple[int, int]]:
        """Return the bytes that have passed whole, each with the time when it had."""
        ready = (now_ns - self._start_ns) * self._baud // (BITS_PER_BYTE * NS_PER_S) - self._passed
        passed = self._queue[: max(0, ready)]
        times = [self._due_ns(at) for at in range(1, len(passed) + 1)]
        del self._queue[: len(passed)]
        self._passed += len(passed)
        return list(zip(passed, times, strict=True))

    def due_ns(self) -> float:
        """Return when the last queued byte has passed; infinity where none waits."""
        return self._due_ns(len(self._queue)) if self._queue else math.inf

    def _due_ns(self, ahead: int) -> int:
        bits = (self._passed + ahead) * BITS_PER_BYTE
        return self._start_ns - (-bits * NS_PER_S // self._baud)  # rounded up


class Downstream:
    """From the host to the board: paced."""

    def __init__(self, baud: int) -> None:
        self._pace = Pace(baud)

    def __len__(self) -> int:
        return len(self._pace)

    def put(self, data: bytes, now_ns: int) -> None:
        """Take what the host wrote."""
        self._pace.put(data, now_ns)

    def take(self, now_ns: int) -> bytes:
        """Return what has reached the board."""
        return bytes(byte for byte, _ in self._pace.take(now_ns))

    def due_ns(self) -> float:
        """Return when the last byte reaches the board."""
        return self._pace.due_ns()


class Upstream:
    """From the board to the host: paced, then held by the adapter's latency timer."""

    def __init__(self, baud: int, latency_ns: int) -> None:
        self._pace = Pace(baud)
        self._latency_ns = latency_ns
        self._held = bytearray()
        self._held_until_ns = 0

    def __len__(self) -> int:
        return len(self._pace)

    def put(self, data: bytes, now_ns: int) -> None:
        """Take what the board wrote."""
        self._pace.put(data, now_ns)

    def take(self, now_ns: int) -> bytes:
        """Return what the adapter has forwarded."""
        forwarded = b""
        for byte, at_ns in self._pace.take(now_ns):
            forwarded += self._let_go(at_ns)
            if not self._held:
                self._held_until_ns = at_ns + self._latency_ns
            self._held.append(byte)
            if len(self._held) == PACKET_BYTES:
                self._held_until_ns = at_ns
                forwarded += self._let_go(at_ns)
        return forwarded + self._let_go(now_ns)

    def _let_go(self, now_ns: int) -> bytes:
        if not self._held or now_ns < self._held_until_ns:
            return b""
        forwarded = bytes(self._held)
        self._held.clear()
        return forwarded

    def due_ns(self) -> float:
        """Return when something has to be looked at again."""
        return min(self._pace.due_ns(), self._held_until_ns if self._held else math.inf)
