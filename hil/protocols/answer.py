"""Answer: what a receiver means with what it said since our last word.

A sender that waits for answers has one thing in flight. So all that is heard in one piece answers
that one thing, once: two ACKs in a piece are one, and an ACK outweighs the NAK of a receiver that
lost its patience just before.
"""

import enum
from dataclasses import dataclass

from hil.protocols.frame import ACK, CAN, NAK

_TEXT_BYTES = 3


class Answer(enum.Enum):
    """The meanings; ``LOST`` and ``QUIET`` are those of silence, after a call and without one."""

    CANCEL = "cancel"
    ACK = "good"
    GO = "good, go on"
    NAK = "again"
    CALL = "a call to begin"
    TEXT = "words, so no receiver speaks"
    NOISE = "nothing that means anything"
    LOST = "silence after a call"
    QUIET = "silence"


@dataclass(slots=True)
class Ear:
    """Listens for one kind of ``call``; two CANs count though they come in two pieces."""

    call: bytes
    _cancels: int = 0

    def hear(self, heard: bytes) -> Answer:
        """Return what a piece means, its weightiest part first."""
        if self._hears_cancel(heard):
            return Answer.CANCEL
        is_calling = heard.endswith(self.call)
        if ACK in heard:
            return Answer.GO if is_calling else Answer.ACK
        if NAK in heard:
            return Answer.NAK
        if is_calling:  # in the midst of a console's words the letter is no call
            return Answer.CALL
        return Answer.TEXT if _is_text(heard) else Answer.NOISE

    def _hears_cancel(self, heard: bytes) -> bool:
        for byte in heard:
            self._cancels = self._cancels + 1 if byte == CAN[0] else 0
            if self._cancels == 2:
                return True
        return False


def _is_text(heard: bytes) -> bool:
    printable = sum(0x20 <= byte < 0x7F for byte in heard)
    return printable >= _TEXT_BYTES
