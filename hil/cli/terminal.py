"""Terminal: a person's keyboard and screen on a board's line."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hil.errors import LinkClosed
from hil.links.line import LineStream
from hil.session import Session

_END, _RESET, _POWER = b"\x1d", b"\x12", b"\x10"
_LOOK_S = 0.05
_LAST_WORDS_S = 0.5


def converse(session: Session) -> None:
    """Pass bytes between the terminal and the board until Ctrl-] or the end of the input."""
    stream = session.stream()
    with _raw_keyboard():
        while True:
            _show(stream, _LOOK_S, session)
            ready, _, _ = select.select([sys.stdin], [], [], 0)
            if not ready:
                continue
            typed = os.read(sys.stdin.fileno(), 1024)
            if not typed or _END in typed:
                session.line.write(typed.split(_END)[0])
                break
            _act(session, typed)
        while _show(stream, _LAST_WORDS_S, session):
            pass


def _act(session: Session, typed: bytes) -> None:
    if typed == _RESET:
        session.reset()
    elif typed == _POWER:
        session.power_cycle()
    else:
        session.line.write(typed)


def _show(stream: LineStream, wait_s: float, session: Session) -> bytes:
    try:
        said = stream.read(session.clock.monotonic() + wait_s)
    except LinkClosed as closed:
        raise LinkClosed(session.rig.name, session.line.url, "see the transcript") from closed
    os.write(sys.stdout.fileno(), said)
    return said


@contextmanager
def _raw_keyboard() -> Iterator[None]:
    """Take every key as it is typed; without a terminal there is nothing to set."""
    if not sys.stdin.isatty():
        yield
        return
    import termios  # noqa: PLC0415 (absent on Windows)
    import tty  # noqa: PLC0415

    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
