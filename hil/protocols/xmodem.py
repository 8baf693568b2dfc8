"""XMODEM sender, 1K blocks with CRC, without I/O: feed it what the receiver said.

After Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988), and his XMODEM-1K::

    block    STX number ~number 1024 bytes CRC-16      (SOH: 128 bytes)
    CRC-16   polynomial 0x1021, initial value 0, high byte first
    answers  C: send with CRC; ACK: next; NAK: again; CAN CAN: cancelled
    end      EOT, repeated until ACK
"""

import binascii
import enum
from dataclasses import dataclass, field

SOH, STX, EOT, ACK, NAK, CAN, CRC = b"\x01", b"\x02", b"\x04", b"\x06", b"\x15", b"\x18", b"C"
_SHORT, _LONG = 128, 1024
_PAD = b"\x1a"


class State(enum.StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting for the receiver"
    SENDING = "sending"
    ENDING = "ending"
    DONE = "done"
    CANCELLED = "cancelled by the receiver"
    EXHAUSTED = "out of retries"


@dataclass(slots=True)
class Sender:
    """The sending half of one transfer; ``sent_bytes`` counts acknowledged image bytes."""

    image: bytes
    retries: int = 10
    state: State = State.WAITING
    sent_bytes: int = 0
    resent_blocks: int = 0
    _number: int = 1
    _size: int = 0
    _tries: int = 0
    _cancels: int = field(default=0)

    @property
    def finished(self) -> bool:
        """Whether nothing more will be said."""
        return self.state in {State.DONE, State.CANCELLED, State.EXHAUSTED}

    def receive(self, heard: bytes) -> bytes:
        """Take one byte from the receiver and return what to send, perhaps nothing."""
        self._cancels = self._cancels + 1 if heard == CAN else 0
        if self._cancels >= 2:
            self.state = State.CANCELLED
            return b""
        match self.state, heard:
            case (State.WAITING, b"C"):
                self.state = State.SENDING
                return self._block()
            case (State.SENDING, b"\x06"):
                return self._next()
            case (State.SENDING | State.ENDING, b"\x15"):
                return self._again()
            case (State.SENDING, b"C") if self.sent_bytes == 0:
                return self._again()
            case (State.ENDING, b"\x06"):
                self.state = State.DONE
            case _:
                pass  # noise: the protocol ignores what it does not know
        return b""

    def _next(self) -> bytes:
        self.sent_bytes = min(self.sent_bytes + self._size, len(self.image))
        self._number = (self._number + 1) % 256
        self._tries = 0
        if self.sent_bytes == len(self.image):
            self.state = State.ENDING
            return EOT
        return self._block()

    def _again(self) -> bytes:
        self._tries += 1
        self.resent_blocks += 1
        if self._tries > self.retries:
            self.state = State.EXHAUSTED
            return CAN * 3
        return EOT if self.state is State.ENDING else self._block()

    def _block(self) -> bytes:
        rest = len(self.image) - self.sent_bytes
        self._size = _LONG if rest > _SHORT else _SHORT
        payload = self.image[self.sent_bytes : self.sent_bytes + self._size]
        payload = payload.ljust(self._size, _PAD)
        start = STX if self._size == _LONG else SOH
        crc = binascii.crc_hqx(payload, 0)
        return start + bytes((self._number, 255 - self._number)) + payload + crc.to_bytes(2, "big")
