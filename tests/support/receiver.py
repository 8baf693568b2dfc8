"""A receiver of XMODEM, YMODEM and YMODEM-g, written apart from the senders it judges.

It reads byte by byte, as a bootloader does, and has no clock: ``timeout`` is called for it.
"""

import binascii
import enum
from collections.abc import Callable
from dataclasses import dataclass

from hil.protocols.transfer import Sender

BLOCK_BYTES = {0x01: 128, 0x02: 1024}


class Ending(enum.Enum):
    """How a receiver behaves once it has the last block."""

    ASKS = "acknowledges the end, asks for a further file, acknowledges that there is none"
    REFUSES_ONCE = "the same, but refuses the first EOT, as Forsberg's figure does"
    KEEPS_QUIET = "the same, but does not acknowledge that there is none"
    HANGS_UP = "acknowledges the end and goes back to its prompt"


@dataclass
class Receiver:
    """The receiving half; the frames counted in ``spoil`` (0, 1, ...) arrive broken.

    ``call`` is what it begins with: C, G for a stream, NAK for blocks with a sum. ``has_names``
    makes it YMODEM. ``words`` is what it says once it is back at its prompt.
    """

    call: bytes = b"C"
    has_names: bool = False
    spoil: frozenset[int] = frozenset()
    ending: Ending = Ending.ASKS
    words: bytes = b""
    got: bytes = b""
    name: str = ""
    length: int = -1
    blocks: int = 0
    frames: int = 0
    done: bool = False
    failed: bool = False
    _heard: bytes = b""
    _has_name: bool = False
    _ends: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it listens no longer."""
        return self.done or self.failed

    @property
    def rest(self) -> bytes:
        """What it has not taken, now that it is over: words for somebody else."""
        return self._heard

    def timeout(self) -> bytes:
        """Return what it says after a while of silence."""
        self._heard = b""
        if self.is_over:
            return b""
        if self._ends:
            return self.call
        if self.call == b"G":
            return b"" if self._has_name else self.call
        return b"\x15" if self.frames else self.call

    def receive(self, data: bytes) -> bytes:
        """Take what the sender said and return the answers to it."""
        self._heard += data
        said = b""
        while (answer := self._answer()) is not None:
            said += answer
        return said

    def _answer(self) -> bytes | None:
        if not self._heard or self.is_over:
            return None
        if self._heard.startswith(b"\x18\x18"):
            self._heard = self._heard.lstrip(b"\x18")
            self.failed = True
            return b""
        if self._heard[0] == 0x04 and not self._ends_early():
            self._heard = self._heard[1:]
            return self._end()
        size = BLOCK_BYTES.get(self._heard[0])
        return self._refuse() if size is None else self._answer_frame(size)

    def _answer_frame(self, size: int) -> bytes | None:
        whole = size + (4 if self.call == b"\x15" else 5)
        if len(self._heard) < whole:
            return None
        frame, self._heard = self._heard[:whole], self._heard[whole:]
        self.frames += 1
        if self.frames - 1 in self.spoil or not self._is_sound(frame, size):
            return self._refuse()
        return self._take(frame[1], frame[3 : 3 + size])

    def _ends_early(self) -> bool:
        return self.has_names and (not self._has_name or len(self.got) < self.length)

    def _is_sound(self, frame: bytes, size: int) -> bool:
        payload, check = frame[3 : 3 + size], frame[3 + size :]
        if self.call == b"\x15":
            return frame[1] ^ frame[2] == 255 and check[0] == sum(payload) & 255
        return frame[1] ^ frame[2] == 255 and binascii.crc_hqx(payload, 0) == int.from_bytes(check)

    def _refuse(self) -> bytes:
        if self.call == b"G" and self._has_name and not self._ends:
            return self._give_up()
        self._heard = b""  # purge: the rest of what was in flight
        return b"\x15"

    def _give_up(self) -> bytes:
        self.failed = True
        return b"\x18" * 8

    def _take(self, number: int, payload: bytes) -> bytes:
        if self._ends:
            return self._take_end_of_batch(payload)
        if self.has_names and not self._has_name:
            return self._take_name(number, payload)
        if number == self.blocks % 256 and (self.blocks or self.has_names):
            return self._take_copy()
        if number != (self.blocks + 1) % 256:
            return self._give_up()
        rest = self.length - len(self.got) if self.length >= 0 else len(payload)
        self.got += payload[:rest]
        self.blocks += 1
        return b"" if self.call == b"G" else b"\x06"

    def _take_copy(self) -> bytes:
        if self.call == b"G":
            return self._give_up()
        return b"\x06" if self.blocks else b"\x06" + self.call

    def _take_name(self, number: int, payload: bytes) -> bytes:
        if number != 0:
            return self._give_up()
        name, _, facts = payload.partition(b"\0")
        self.name, self.length = name.decode(), int(facts.split(b"\0")[0].split(b" ")[0])
        self._has_name = True
        return b"\x06" + self.call

    def _end(self) -> bytes:
        self._ends += 1
        if not self.has_names:
            self.done = True
            return b"\x06" + self.words
        if self.ending is Ending.REFUSES_ONCE and self._ends == 1:
            return b"\x15"
        if self.ending is Ending.HANGS_UP:
            self.done = True
            return b"\x06" + self.words
        return b"\x06" + self.call

    def _take_end_of_batch(self, payload: bytes) -> bytes:
        if payload.strip(b"\0"):
            return self._give_up()
        self.done = True
        return self.words if self.ending is Ending.KEEPS_QUIET else b"\x06" + self.words


def converse(
    sender: Sender,
    receiver: Receiver,
    *,
    line: Callable[[bytes], bytes] = bytes,
    calls: bytes = b"",
    piece_bytes: int = 4096,
) -> bytes:
    """Let both talk until the sender is done or nobody has anything to say; return what it said.

    ``line`` is what becomes of the sender's words, ``calls`` what the receiver had said before;
    answers arrive in pieces of ``piece_bytes``.
    """
    said, heard, silences = b"", calls or receiver.call, 0
    while not sender.finished and silences < 30:
        word = b"".join(
            sender.receive(heard[at : at + piece_bytes]) for at in range(0, len(heard), piece_bytes)
        )
        word += sender.offer()
        if not word and not sender.finished:
            silences += 1
            if sender.patience_s is None:
                heard = receiver.timeout()
                continue
            word = sender.silence()
        said += word
        heard = receiver.receive(line(word))
    return said
