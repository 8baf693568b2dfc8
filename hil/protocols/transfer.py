"""Transfer: the sending half of one XMODEM or YMODEM transfer, without I/O and without a clock.

Feed it what the receiver said, and it returns what to say; when nothing was heard for
``patience_s``, tell it so. The dialects (:mod:`hil.protocols.xmodem`, :mod:`hil.protocols.ymodem`)
are tables; a (state, answer) that is in none of them is noise, which the protocol ignores.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.protocols.answer import Answer, Ear
from hil.protocols.frame import (
    CANCEL,
    EOT,
    LONG_BYTES,
    SHORT_BYTES,
    Check,
    make_block,
    make_end_of_batch,
    make_header,
)

_CALLS_IN_VAIN = 8
_AFTER_CALL_S = 0.4


class State(enum.StrEnum):
    """Where a transfer stands; entering one says what belongs to it."""

    WAITING = "waiting for the receiver"
    NAMING = "sending the name"
    NAMED = "waiting for the receiver after the name"
    SENDING = "sending"
    STREAMING = "streaming"
    ENDING = "ending"
    ENDED = "waiting for the receiver after the end"
    CLOSING = "closing"
    DONE = "done"
    CANCELLED = "cancelled by the receiver"
    BROKEN = "broken off: the receiver lost a block of the stream"
    EXHAUSTED = "out of retries"
    ABORTED = "cancelled by us"


FINISHED = frozenset({State.DONE, State.CANCELLED, State.BROKEN, State.EXHAUSTED, State.ABORTED})
_SAID_WITH_CANCEL = frozenset({State.BROKEN, State.EXHAUSTED, State.ABORTED})
_GOOD = frozenset({Answer.ACK, Answer.GO})

Table = Mapping[tuple[State, Answer], State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One way to talk: the receiver's ``call``, the largest block, and what follows on what.

    ``patience_s`` holds the states in which silence has a meaning, and when it has.
    """

    name: str
    call: bytes
    block_bytes: int
    table: Table
    patience_s: Mapping[State, float] = field(default_factory=dict)


@dataclass(slots=True)
class Sender:
    """One image on its way.

    ``sent_bytes`` counts bytes of the image: acknowledged ones, or in a stream those said.
    ``name`` goes into YMODEM's block 0. ``retries`` is how often one block is sent again.
    """

    image: bytes
    dialect: Dialect
    name: str = "image.bin"
    retries: int = 10
    state: State = State.WAITING
    sent_bytes: int = 0
    resent_blocks: int = 0
    _ear: Ear = field(init=False)
    _check: Check = Check.CRC
    _number: int = 1
    _tries: int = 0
    _calls: int = 0

    def __post_init__(self) -> None:
        """Listen for the call of this dialect."""
        self._ear = Ear(self.dialect.call)

    @property
    def finished(self) -> bool:
        """Whether nothing more will be said."""
        return self.state in FINISHED

    @property
    def patience_s(self) -> float | None:
        """After how many seconds without a byte ``silence`` has to be called; None: never.

        They count from when the last word has left the line.
        """
        return _AFTER_CALL_S if self._calls else self.dialect.patience_s.get(self.state)

    def receive(self, heard: bytes) -> bytes:
        """Take what was heard since the last call, in one piece, and return what to say to it."""
        if self.finished or not heard:
            return b""
        answer = self._ear.hear(heard)
        if answer is Answer.CANCEL:
            self.state = State.CANCELLED
            return b""
        if answer is Answer.CALL and self._is_called_again():
            return self._note_call()
        return self._follow(answer)

    def silence(self) -> bytes:
        """Take note that nothing was heard for ``patience_s``, and return what to say to it."""
        return self._follow(Answer.LOST if self._calls else Answer.QUIET)

    def offer(self) -> bytes:
        """Return what there is to say without being asked: the next block of a stream."""
        if self.state is not State.STREAMING:
            return b""
        block = self._block()
        self._advance()
        return block or self._enter(State.ENDING)

    def cancel(self) -> bytes:
        """End the transfer, and return what makes the receiver end it too."""
        return b"" if self.finished else self._enter(State.ABORTED)

    def _is_called_again(self) -> bool:
        """Whether a call comes while the first thing after a call is in flight.

        The call may be an old one that waited in a buffer, or mean that nothing arrived.
        """
        is_first = self.state is not State.SENDING or self.sent_bytes == 0
        return is_first and (self.state, Answer.LOST) in self.dialect.table

    def _note_call(self) -> bytes:
        """Repeat nothing as long as an answer may be on its way: each copy would get its own."""
        self._calls += 1
        return self._follow(Answer.LOST) if self._calls >= _CALLS_IN_VAIN else b""

    def _follow(self, answer: Answer) -> bytes:
        after = self.dialect.table.get((self.state, answer))
        if after is None:
            return b""
        if after is self.state and answer not in _GOOD:
            return self._again()
        if self.state is State.WAITING and answer is Answer.NAK:
            self._check = Check.SUM
        if self.state is State.SENDING:
            self._advance()
        self._tries = 0
        return self._enter(after)

    def _enter(self, state: State) -> bytes:
        is_over = state is State.SENDING and self.sent_bytes == len(self.image)
        self.state = State.ENDING if is_over else state
        return self._say()

    def _again(self) -> bytes:
        self._tries += 1
        if self._tries > self.retries:
            return self._enter(State.EXHAUSTED)
        if self.state is not State.ENDING:  # YMODEM's receiver may refuse the first EOT
            self.resent_blocks += 1
        return self._say()

    def _say(self) -> bytes:
        """Return what is said in this state, again or for the first time."""
        self._calls = 0
        if self.state in _SAID_WITH_CANCEL:
            return CANCEL
        match self.state:
            case State.NAMING:
                return make_header(self.name, len(self.image))
            case State.SENDING:
                return self._block()
            case State.ENDING:
                return EOT
            case State.CLOSING:
                return make_end_of_batch()
            case _:
                return b""

    def _block(self) -> bytes:
        payload = self.image[self.sent_bytes : self.sent_bytes + self._size()]
        if not payload:
            return b""
        return make_block(self._number, payload, size=self._size(), check=self._check)

    def _size(self) -> int:
        rest = len(self.image) - self.sent_bytes
        return SHORT_BYTES if rest <= SHORT_BYTES else min(LONG_BYTES, self.dialect.block_bytes)

    def _advance(self) -> None:
        self.sent_bytes = min(self.sent_bytes + self._size(), len(self.image))
        self._number += 1
