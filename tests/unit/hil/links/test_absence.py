"""A port that goes away: by its cable, with its supply, or lent to another program."""

import os
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial

from hil.app import SystemClock
from hil.errors import LinkClosed, RigFault
from hil.inventory.pattern import Pattern
from hil.inventory.rig import LineSpec, UsbIdentity
from hil.links.line import Line
from hil.links.locate import ByPath, ByUsb, Whereabouts
from hil.links.transcript import Cursor, Transcript
from hil.links.watch import Watch
from tests.support.lab import eventually

START = Cursor(0)


@dataclass
class Cable:
    """A serial adapter with a stable name, as udev gives one: plugged, pulled, plugged again."""

    link: Path
    board: int = -1
    name: str = ""
    _spares: list[int] = field(default_factory=list)

    def plug(self) -> None:
        if self.name:  # keep the old name taken, so that the device returns under another one
            self._spares += os.openpty()
        self.board, slave = os.openpty()
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        self.link.symlink_to(self.name)
        os.close(slave)

    def pull(self) -> None:
        self.link.unlink()
        os.close(self.board)
        self.board = -1

    def says(self, data: bytes) -> None:
        os.write(self.board, data)

    def drop(self) -> None:
        for descriptor in (self.board, *self._spares):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    made = Cable(tmp_path / "usb-FTDI_A50285BI-if00-port0")
    yield made
    made.drop()


@contextmanager
def a_line(where: Whereabouts, folder: Path, *, return_s: float = 20.0) -> Iterator[Line]:
    record = Transcript(folder / "bench-1.log", watch=Watch(), clock=SystemClock())
    line = Line(
        where,
        rig="bench-1",
        baud=115200,
        transcript=record,
        clock=SystemClock(),
        spec=LineSpec(return_s=return_s),
    )
    try:
        yield line
    finally:
        line.close()


def test_a_wait_survives_that_a_port_returns_under_another_name(
    cable: Cable, tmp_path: Path
) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        first = cable.name
        cable.says(b"before ")
        assert eventually(lambda: line.transcript.position() == 7)
        cable.pull()
        cable.plug()
        assert cable.name != first
        cable.says(b"after\r\n")
        line.expect(Pattern("before after\r\n"), since=START, timeout_s=20.0)


def test_a_port_that_does_not_return_ends_the_waits_in_its_time(
    cable: Cable, tmp_path: Path
) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path, return_s=0.1) as line:
        cable.pull()
        with pytest.raises(LinkClosed, match="is not there"):
            line.expect(Pattern("PASS"), since=START, timeout_s=60.0)


def test_silence_is_not_the_boards_while_its_port_is_away(cable: Cable, tmp_path: Path) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        cable.pull()
        with pytest.raises(RigFault) as raised:
            line.expect(Pattern("PASS"), since=START, timeout_s=0.2)
        assert raised.value.code == "LINK_ABSENT"


def test_what_is_missed_after_a_port_was_away_may_have_been_said(
    cable: Cable, tmp_path: Path
) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:

        def replug() -> None:
            cable.pull()
            cable.plug()

        threading.Timer(0.05, replug).start()
        with pytest.raises(RigFault, match="what the board said meanwhile is lost"):
            line.expect(Pattern("PASS"), since=START, timeout_s=1.0)


def test_a_word_to_a_port_that_is_away_has_its_deadline(cable: Cable, tmp_path: Path) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path, return_s=600.0) as line:
        cable.pull()
        assert eventually(lambda: line._port is None)
        with pytest.raises(RigFault, match=r"is not there|went away"):
            line.write(b"cancel", SystemClock().monotonic() + 0.05)


def test_a_port_that_comes_with_the_supply_is_waited_for(cable: Cable, tmp_path: Path) -> None:
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        line.may_vanish()
        cable.plug()
        line.must_be_back()
        cable.says(b"boot")
        line.expect(Pattern("boot"), since=START, timeout_s=20.0)
        line.may_vanish()
        cable.pull()
        cable.plug()
        line.must_be_back()
        line.write(b"slot\n")
        assert os.read(cable.board, 10) == b"slot\n"


def test_a_plain_path_is_no_identity(tmp_path: Path) -> None:
    assert not ByPath("/dev/ttyUSB0").survives
    assert ByPath("/dev/serial/by-id/usb-FTDI_A50285BI-if00-port0").survives


# -- lent to a tool ----------------------------------------------------------------------------


def test_a_tool_may_open_a_lent_port_and_nobody_else_may(cable: Cable, tmp_path: Path) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        with line.hand_over() as path, serial.Serial(path, exclusive=True) as tool:
            tool.write(b"flash me")
            assert os.read(cable.board, 20) == b"flash me"
        with pytest.raises(serial.SerialException, match="exclusively"):
            serial.Serial(cable.name, exclusive=True)


def test_what_a_board_says_once_the_tool_is_done_is_not_lost(cable: Cable, tmp_path: Path) -> None:
    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        with line.hand_over() as path:
            with serial.Serial(path, timeout=20) as tool:
                cable.says(b"to the tool")
                assert tool.read(11) == b"to the tool"
            cable.says(b"app 1.0.0\r\n")
        assert line.expect(Pattern("app 1.0.0\r\n"), since=START, timeout_s=20.0).end == 11


def test_the_speed_that_a_tool_left_behind_is_set_back(cable: Cable, tmp_path: Path) -> None:
    import termios  # noqa: PLC0415 (absent on Windows)

    cable.plug()
    with a_line(ByPath(str(cable.link)), tmp_path) as line:
        with line.hand_over() as path, serial.Serial(path, baudrate=9600):
            assert termios.tcgetattr(cable.board)[5] == termios.B9600
        assert termios.tcgetattr(cable.board)[5] == termios.B115200


# -- by USB identity ---------------------------------------------------------------------------


@dataclass
class Listed:
    """A port as pyserial lists it."""

    device: str
    serial_number: str | None
    location: str | None


PORTS = [
    Listed("/dev/ttyUSB0", "A50285BI", "1-2:1.0"),
    Listed("/dev/ttyUSB1", "A50285BI", "1-2:1.1"),
    Listed("/dev/ttyUSB2", "0001", "1-3:1.0"),
    Listed("/dev/ttyUSB3", "0001", "1-4.1:1.0"),
    Listed("/dev/ttyS0", None, None),
]


@pytest.mark.parametrize(
    ("identity", "device"),
    [
        (UsbIdentity(serial="A50285BI", interface=1), "/dev/ttyUSB1"),
        (UsbIdentity(serial="0001", location="1-4.1"), "/dev/ttyUSB3"),
        (UsbIdentity(location="1-3"), "/dev/ttyUSB2"),
    ],
)
def test_an_adapter_is_found_by_what_it_is(identity: UsbIdentity, device: str) -> None:
    assert ByUsb(identity, lambda: PORTS).find("bench-1") == device


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (UsbIdentity(serial="A50285BI"), "LINK_AMBIGUOUS"),
        (UsbIdentity(serial="0001", interface=0), "LINK_AMBIGUOUS"),
        (UsbIdentity(serial="B0000000"), "LINK_ABSENT"),
        (UsbIdentity(serial="A50285BI", interface=2), "LINK_ABSENT"),
    ],
)
def test_an_adapter_is_never_guessed(identity: UsbIdentity, code: str) -> None:
    with pytest.raises(RigFault) as raised:
        ByUsb(identity, lambda: PORTS).find("bench-1")
    assert raised.value.code == code


# -- over the network --------------------------------------------------------------------------


def test_a_server_that_speaks_at_once_is_heard_whole(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        greeting = b"U-Boot 2023.01\r\n" * 200

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(greeting)
                client.recv(1)

        host = threading.Thread(target=greet, daemon=True)
        host.start()
        where = ByPath(f"socket://127.0.0.1:{listener.getsockname()[1]}")
        with a_line(where, tmp_path) as line:
            assert eventually(lambda: line.transcript.position() == len(greeting))
        host.join(10.0)
