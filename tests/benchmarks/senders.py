"""Senders: who takes a file through the relay, each as its users call it."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import serial

from hil.app import SystemClock, nobody
from hil.flash.xmodem1k import Xmodem1kFlasher
from hil.interfaces import ByteLink
from hil.inventory.board import Exchange, FlasherSpec
from hil.inventory.pattern import Pattern
from hil.links.line import Line, LineStream
from hil.links.transcript import Cursor
from tests.benchmarks.bare import bare_port, read_until
from tests.benchmarks.bench import our_line
from tests.benchmarks.bootloader import FAILED, RECEIVED, START

_DEADLINE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One sender with one protocol; ``send`` is given the port, the file and a folder."""

    who: str
    protocol: str
    block_bytes: int
    send: Callable[[str, Path, Path], None]


class _Console:
    """A line as a flasher uses it, for a board that stands in its bootloader."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def restart(self) -> None:
        """Do nothing: the board is where it should be."""

    def mark(self) -> int:
        return self._line.transcript.mark()

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        start = self._line.transcript.mark() if since is None else Cursor(since)
        if exchange.send:
            self.send(exchange.send)
        wanted = Pattern(exchange.expect)
        return self._line.expect(wanted, since=start, timeout_s=exchange.timeout_s).groups

    def send(self, text: str) -> None:
        self._line.write(text.encode("latin-1"))

    def stream(self) -> ByteLink:
        return LineStream(self._line)


def _ours(path: str, file: Path, folder: Path) -> None:
    spec = FlasherSpec(
        driver="xmodem1k",
        window="",
        enter="",
        prompt="",
        start=START.decode(),
        accepted=RECEIVED.decode().strip(),
        refused=FAILED.decode().strip(),
        run="",
        timeout_s=_DEADLINE_S,
    )
    with our_line(path, folder) as line:
        flasher = Xmodem1kFlasher(spec, SystemClock(), "bench")
        flasher.flash(file.read_bytes(), _Console(line), progress=nobody)


def _pypi_xmodem(mode: str) -> Callable[[str, Path, Path], None]:
    def send(path: str, file: Path, folder: Path) -> None:
        from xmodem import XMODEM  # noqa: PLC0415 (in the dependency group `benchmark`)

        with bare_port(path, timeout_s=1.0) as port:

            def getc(size: int, timeout: float = 1) -> bytes | None:
                port.timeout = timeout
                return port.read(size) or None

            def putc(data: bytes, timeout: float = 1) -> int | None:
                port.write_timeout = timeout
                return port.write(data)

            port.write(START)
            if not XMODEM(getc, putc, mode=mode).send(io.BytesIO(file.read_bytes())):
                raise AssertionError("xmodem gave up")
            _wait_for_the_end(port)

    return send


def _pypi_ymodem(block_bytes: int) -> Callable[[str, Path, Path], None]:
    def send(path: str, file: Path, folder: Path) -> None:
        from ymodem.Socket import ModemSocket  # noqa: PLC0415 (in the dependency group `benchmark`)

        with bare_port(path, timeout_s=1.0) as port:

            def read(size: int, timeout: float | None = 1) -> bytes:
                port.timeout = timeout
                return port.read(size)

            def write(data: bytes, timeout: float | None = 1) -> int | None:
                port.write_timeout = timeout
                return port.write(data)

            port.write(START)
            if not ModemSocket(read, write, packet_size=block_bytes).send([str(file)]):
                raise AssertionError("ymodem gave up")
            _wait_for_the_end(port)

    return send


def _wait_for_the_end(port: serial.Serial) -> None:
    port.timeout = 1.0
    read_until(port, re.compile(re.escape(RECEIVED)))


OURS = [Sender(who="ours", protocol="xmodem", block_bytes=1024, send=_ours)]
PEERS = [
    Sender(who="PyPI xmodem", protocol="xmodem", block_bytes=128, send=_pypi_xmodem("xmodem")),
    Sender(who="PyPI xmodem", protocol="xmodem", block_bytes=1024, send=_pypi_xmodem("xmodem1k")),
    Sender(who="PyPI ymodem", protocol="ymodem", block_bytes=128, send=_pypi_ymodem(128)),
    Sender(who="PyPI ymodem", protocol="ymodem", block_bytes=1024, send=_pypi_ymodem(1024)),
]
