"""Send a file to a board from its console: as it is, or by XMODEM or YMODEM."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.cli.keys import By
from hil.flash.pump import Way, send_image
from hil.flash.transfers import DIALECTS
from hil.interfaces import ByteLink, Clock
from hil.session import Session

_PIECE_BYTES = 256
_TOLD_EVERY = 0.25
_BITS_PER_BYTE = 10
_PATIENCE_S = 60.0
_LOOK_S = 0.2  # only while a person waits for a transfer


class GaveUp(Exception):
    """A person stopped it in the middle."""


def send_file(
    session: Session,
    path: Path,
    by: By,
    *,
    since: int,
    say: Callable[[str], None],
    is_given_up: Callable[[], bool],
) -> None:
    """Send the file at ``path``; ``say`` hears how far it is.

    A receiver's call counts if the board said it after the cursor ``since``.

    Raises:
        OSError: the file cannot be read.
        GaveUp: ``is_given_up`` said so. A receiver was told to stop.
        RigFault: the line is gone or stuck, or the receiver did not take it.
    """
    data = path.read_bytes()
    say(f"sending {path}: {len(data)} bytes, {by}; Ctrl-C stops it")
    told = _Progress(len(data), say, is_given_up)
    if by is By.AS_IT_IS:
        for start in range(0, len(data), _PIECE_BYTES):
            session.line.write(data[start : start + _PIECE_BYTES])
            told.at(start + _PIECE_BYTES)
    else:
        link = _Watched(session.stream(since=since), session.clock, told.look)
        _transfer(session, data, by, link, told)
    say(f"sent {path}: {len(data)} bytes, {by}")


def _transfer(session: Session, data: bytes, by: By, link: ByteLink, told: "_Progress") -> None:
    baud = session.board.baud
    way = Way(
        rig=session.rig.name,
        clock=session.clock,
        baud=baud,
        began_s=session.clock.monotonic(),
        timeout_s=_PATIENCE_S + 4 * len(data) * _BITS_PER_BYTE / baud,
        progress=lambda _, share: told.at(int(share * len(data))),
    )
    send_image(data, DIALECTS[by], link, way)


class _Progress:
    def __init__(
        self, size: int, say: Callable[[str], None], is_given_up: Callable[[], bool]
    ) -> None:
        self._size = size
        self._say = say
        self._is_given_up = is_given_up
        self._next = _TOLD_EVERY

    def look(self) -> None:
        if self._is_given_up():
            raise GaveUp

    def at(self, sent: int) -> None:
        self.look()
        share = sent / self._size if self._size else 1.0
        if self._next <= share < 1.0:
            self._next = share + _TOLD_EVERY
            self._say(f"{share:.0%}")


@dataclass(frozen=True, slots=True)
class _Watched:
    """A link whose waits a person can end: a receiver may not call for ten seconds, or never."""

    link: ByteLink
    clock: Clock
    look: Callable[[], None]

    def read(self, deadline: float) -> bytes:
        while True:
            self.look()
            now = self.clock.monotonic()
            heard = self.link.read(min(deadline, now + _LOOK_S))
            if heard or now + _LOOK_S >= deadline:
                return heard

    def write(self, data: bytes, deadline: float) -> None:
        self.link.write(data, deadline)
