"""DTR and RTS: idle levels are set before a port is opened, a reset is a sequence of levels.

A pty has no modem lines; a server of RFC 2217 has, and records here what it is told.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from serial import rfc2217

from hil.app import SystemClock
from hil.errors import RigFault
from hil.inventory.rig import LineSpec, LineStep
from hil.links.line import Line
from hil.links.locate import ByPath
from hil.links.transcript import Transcript
from hil.links.watch import Watch
from tests.support.lab import eventually

# pyserial's client starts its thread in a way that Python 3.10 deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


class RecordingPort:
    """A serial port behind the server, which writes down every level it is given."""

    def __init__(self) -> None:
        self.levels: list[tuple[str, bool]] = []
        self.baudrate, self.bytesize, self.parity, self.stopbits = 115200, 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = False
        self.cts = self.dsr = self.ri = self.cd = True

    def __setattr__(self, name: str, value: object) -> None:
        if name in {"dtr", "rts"}:
            self.levels.append((name, bool(value)))
        object.__setattr__(self, name, value)

    def reset_input_buffer(self) -> None:
        self.levels.append(("flushed", True))

    def reset_output_buffer(self) -> None:
        self.levels.append(("flushed", True))


class Server:
    """One client at a time, as ser2net serves."""

    def __init__(self) -> None:
        self.port = RecordingPort()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            self._client, _ = self._listener.accept()
            with self._client as client:
                speaker = _Speaker(client)
                manager = rfc2217.PortManager(self.port, speaker)  # type: ignore[arg-type]
                while data := client.recv(1024):
                    b"".join(manager.filter(data))

    def stop(self) -> None:
        self._listener.close()
        with suppress(OSError, AttributeError):
            self._client.shutdown(socket.SHUT_RDWR)
        self._thread.join(5.0)


class _Speaker:
    def __init__(self, client: socket.socket) -> None:
        self._client = client

    def write(self, data: bytes) -> None:
        self._client.sendall(data)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str, LineSpec], Line]]:
    lines: list[Line] = []

    def open_it(url: str, spec: LineSpec) -> Line:
        record = Transcript(tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock())
        line = Line(
            ByPath(url),
            rig="bench-1",
            baud=115200,
            transcript=record,
            clock=SystemClock(),
            spec=spec,
        )
        lines.append(line)
        return line

    yield open_it
    for line in lines:
        line.close()


Opener = Callable[[str, LineSpec], Line]


def test_the_idle_levels_are_the_first_a_port_is_given(server: Server, opened: Opener) -> None:
    opened(server.url, LineSpec(dtr=False, rts=False))
    assert sorted(server.port.levels[:2]) == [("dtr", False), ("rts", False)]


def test_opening_a_port_throws_nothing_away(server: Server, opened: Opener) -> None:
    opened(server.url, LineSpec(dtr=False, rts=False))
    assert ("flushed", True) not in server.port.levels


def test_a_reset_by_the_lines_sets_one_level_after_the_other(
    server: Server, opened: Opener
) -> None:
    line = opened(server.url, LineSpec(dtr=False, rts=False))
    eventually(lambda: len(server.port.levels) >= 2)
    before = len(server.port.levels)
    line.pulse(
        (LineStep(rts=True, hold_s=0.01), LineStep(dtr=True, rts=False), LineStep(dtr=False))
    )
    wanted = [("rts", True), ("rts", False), ("dtr", True), ("dtr", False)]
    assert eventually(lambda: server.port.levels[before:] == wanted), server.port.levels[before:]


def test_a_line_without_such_levels_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        record = Transcript(tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock())
        line = Line(ByPath(url), rig="bench-1", baud=115200, transcript=record, clock=SystemClock())
        try:
            with pytest.raises(RigFault, match="DTR and RTS cannot be set") as raised:
                line.pulse((LineStep(rts=True),))
            assert raised.value.code == "LINK_LEVELS"
        finally:
            line.close()
