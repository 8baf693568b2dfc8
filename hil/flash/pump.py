"""Pump: moves bytes between a transfer protocol and a line; it alone waits, and never for ever."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from hil.errors import FlashFault, LinkStuck, RigFault
from hil.interfaces import ByteLink, Clock, Progress
from hil.protocols.transfer import Dialect, Sender, State

SILENCE_S = 10.0
"""Receivers speak up after 1 to 10 s without a block: "XMODEM/YMODEM Protocol Reference", 7.3.2."""

_BITS_PER_BYTE = 10
_CANCEL_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to move an image: how fast, since when (monotonic), for how long, and whom to tell."""

    rig: str
    clock: Clock
    baud: int
    began_s: float
    timeout_s: float
    progress: Progress
    silence_s: float = SILENCE_S

    @property
    def deadline(self) -> float:
        """When the flash has to be over, monotonic seconds."""
        return self.began_s + self.timeout_s

    @property
    def duration_s(self) -> float:
        """How long it has taken until now."""
        return self.clock.monotonic() - self.began_s


def send_image(image: bytes, dialect: Dialect, link: ByteLink, way: Way) -> Sender:
    """Send ``image`` to a receiver that was told to expect it; returns the sender, which is done.

    Whatever ends it early, an exception out of ``way.progress`` too, the receiver is told to stop.

    Raises:
        FlashFault: FLASH_CONNECT, FLASH_TRANSFER or FLASH_TIMEOUT.
        LinkClosed: the line is gone.
    """
    sender = Sender(image, dialect)
    pumping = _Pumping(sender, link, way)
    try:
        pumping.run()
    except BaseException:
        with suppress(RigFault):
            link.write(sender.cancel(), way.clock.monotonic() + _CANCEL_S)
        raise
    if sender.state is not State.DONE:
        raise pumping.fault(f"transfer {sender.state}", code="FLASH_TRANSFER")
    return sender


@dataclass(slots=True)
class _Pumping:
    sender: Sender
    link: ByteLink
    way: Way
    _now: Callable[[], float] = field(init=False)
    _heard_at: float = field(init=False)
    _spoken_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._now = self.way.clock.monotonic
        self._heard_at = self._spoken_at = self._now()

    def run(self) -> None:
        sender = self.sender
        while not sender.finished:
            if self._now() >= self.way.deadline:
                raise self._late()
            heard = self.link.read(self._look_until())
            word = self._hear(heard) if heard else self._note_silence()
            self._say(word or sender.offer())
            if not sender.finished:
                self._tell()
        if sender.state is State.DONE:
            self._tell()

    def _tell(self) -> None:
        size = len(self.sender.image)
        self.way.progress("flash", self.sender.sent_bytes / size if size else 1.0)

    def _hear(self, heard: bytes) -> bytes:
        self._heard_at = self._now()
        if self.sender.state is not State.STREAMING:  # what is answered has left the line
            self._spoken_at = min(self._spoken_at, self._heard_at)
        return self.sender.receive(heard)

    def _say(self, word: bytes) -> None:
        if not word:
            return
        now = self._now()
        self._spoken_at = max(self._spoken_at, now) + len(word) * _BITS_PER_BYTE / self.way.baud
        try:
            self.link.write(word, min(self.way.deadline, self._spoken_at + self.way.silence_s))
        except LinkStuck as stuck:
            if self._now() >= self.way.deadline:
                raise self._late() from stuck
            raise self.fault(f"the line takes nothing more {self._where()}") from stuck

    def _look_until(self) -> float:
        """Between the blocks of a stream only look for a cancel: waiting would slow it down."""
        if self.sender.state is State.STREAMING:
            return self._now()
        patience_s = self.sender.patience_s
        if patience_s is None:
            patience_s = self.way.silence_s
        return min(self.way.deadline, max(self._heard_at, self._spoken_at) + patience_s)

    def _note_silence(self) -> bytes:
        if self.sender.state is State.STREAMING:
            return b""
        if self._now() >= self.way.deadline:
            raise self._late()
        if self.sender.patience_s is not None:
            return self.sender.silence()
        raise self.fault(f"no answer from the receiver {self._where()}")

    def _late(self) -> FlashFault:
        return self.fault(
            f"not done in {self.way.timeout_s:g} s, {self._where()}",
            code="FLASH_TIMEOUT",
        )

    def _where(self) -> str:
        return f"while {self.sender.state}"

    def fault(self, says: str, *, code: str = "") -> FlashFault:
        sender = self.sender
        is_begun = sender.state is not State.WAITING
        return FlashFault(
            f"{self.way.rig}: {sender.dialect.name}: {says} after {sender.sent_bytes} of "
            f"{len(sender.image)} bytes ({sender.resent_blocks} blocks sent again)",
            hint="it was still moving: raise `flasher.timeout_s` of the board"
            if code == "FLASH_TIMEOUT" and sender.sent_bytes
            else "did the board lose power? the transcript shows its last words"
            if is_begun
            else "was it told to receive? `start` has to make it wait for this protocol",
            code=code or ("FLASH_TRANSFER" if is_begun else "FLASH_CONNECT"),
            phase="transfer" if is_begun else "connect",
            sent_bytes=sender.sent_bytes,
            duration_s=self.way.duration_s,
        )
