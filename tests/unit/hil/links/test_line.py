"""A line over a real pty: opened alone, read to the end, closed at once."""

import os
import tty
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hil.app import SystemClock
from hil.errors import LinkClosed, RigFault
from hil.inventory.pattern import Pattern
from hil.inventory.rig import LineSpec
from hil.links.line import Alarmed, Line, LineStream, NotSeen
from hil.links.locate import ByPath
from hil.links.transcript import Cursor, Transcript
from hil.links.watch import AlarmKind, Detector, Watch
from tests.support.lab import eventually

START = Cursor(0)


@dataclass
class Wire:
    """Both ends of a pty: the harness's line, and the descriptor of the board."""

    line: Line
    board: int

    def says(self, data: bytes) -> None:
        os.write(self.board, data)

    def unplug(self) -> None:
        os.close(self.board)
        self.board = -1


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    master, slave = os.openpty()
    tty.setraw(slave)
    ends = Wire(open_line(os.ttyname(slave), tmp_path), master)
    os.close(slave)
    yield ends
    ends.line.close()
    if ends.board >= 0:
        os.close(ends.board)


def open_line(url: str, folder: Path, *, return_s: float = 10.0) -> Line:
    watch = Watch([Detector(kind=AlarmKind.PANIC, pattern=r"\*\*\* PANIC")])
    clock = SystemClock()
    with ExitStack() as unless_opened:
        record = Transcript(folder / "bench-1.log", watch=watch, clock=clock)
        unless_opened.callback(record.close, "never opened")
        line = Line(
            ByPath(url),
            rig="bench-1",
            baud=115200,
            transcript=record,
            clock=clock,
            spec=LineSpec(return_s=return_s),
        )
        unless_opened.pop_all()
        return line


def test_what_the_board_says_is_seen(wire: Wire) -> None:
    wire.says(b"nano> ")
    assert wire.line.expect(Pattern("nano> "), since=START, timeout_s=5.0).end == 6


def test_what_is_written_reaches_the_board_whole(wire: Wire) -> None:
    wire.line.write(b"\x00\x11\x13\r\n\xff")
    assert os.read(wire.board, 100) == b"\x00\x11\x13\r\n\xff"


def test_an_answer_that_does_not_come_says_what_came_instead(wire: Wire) -> None:
    wire.says(b"selftest FAIL\r\n")
    assert eventually(lambda: wire.line.transcript.position() == 15)
    with pytest.raises(NotSeen, match=r"waited 0\.01 s for 'PASS'; instead: .*selftest FAIL"):
        wire.line.expect(Pattern("PASS"), since=START, timeout_s=0.01)


def test_silence_is_called_silence(wire: Wire) -> None:
    with pytest.raises(NotSeen, match="instead: silence") as raised:
        wire.line.expect(Pattern("PASS"), since=START, timeout_s=0.01)
    assert (raised.value.code, raised.value.anchor) == ("NOT_SEEN", "PASS")


def test_a_panic_ends_a_wait_long_before_its_time(wire: Wire) -> None:
    wire.says(b"*** PANIC\r\n")
    with pytest.raises(Alarmed) as raised:
        wire.line.expect(Pattern("PASS"), since=START, timeout_s=60.0)
    assert raised.value.code == "PANIC"


def test_a_cable_that_is_pulled_ends_a_wait_at_once(wire: Wire) -> None:
    wire.unplug()
    with pytest.raises(LinkClosed, match="closed while in use"):
        wire.line.expect(Pattern("PASS"), since=START, timeout_s=60.0)


def test_nothing_can_be_written_to_a_line_that_is_gone(wire: Wire) -> None:
    wire.unplug()
    assert eventually(lambda: wire.line.transcript.closed is not None)
    with pytest.raises(LinkClosed):
        wire.line.write(b"x")


def test_a_stream_starts_with_what_comes_next(wire: Wire) -> None:
    wire.says(b"old")
    assert eventually(lambda: wire.line.transcript.position() == 3)
    stream = LineStream(wire.line)
    wire.says(b"new")
    said = b""
    while len(said) < len(b"new"):  # a line may hand a word over in pieces
        said += stream.read(SystemClock().monotonic() + 5.0)
    assert said == b"new"
    assert stream.read(SystemClock().monotonic()) == b""


def test_a_stream_over_a_line_that_is_gone_says_so(wire: Wire) -> None:
    stream = LineStream(wire.line)
    wire.unplug()
    with pytest.raises(LinkClosed):
        stream.read(SystemClock().monotonic() + 60.0)


def test_a_line_is_opened_by_one_at_a_time(wire: Wire, tmp_path: Path) -> None:
    with pytest.raises(RigFault, match="is in use") as raised:
        open_line(wire.line.url, tmp_path / "other")
    assert raised.value.code == "LINK_BUSY"


def test_a_line_that_does_not_come_with_the_power_is_the_labs_fault(tmp_path: Path) -> None:
    line = open_line("/dev/there-is-no-such-line", tmp_path, return_s=0.05)
    with pytest.raises(RigFault, match="is not there") as raised:
        line.must_be_back()
    assert raised.value.code == "LINK_ABSENT"
    line.close()


def test_a_line_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RigFault, match=r"nonsense://x cannot be opened"):
        open_line("nonsense://x", tmp_path)


def test_a_line_can_be_closed_twice(wire: Wire) -> None:
    wire.line.close()
    wire.line.close()
    assert wire.line.transcript.closed is not None
