"""Senders: who takes a file through the relay, each as its users call it."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import serial

from fwrelease.evidence.image import recognise
from hil.app import nobody
from hil.interfaces import ImageFile
from tests.benchmarks.bare import bare_port, read_until
from tests.benchmarks.bench import Receiving, our_session
from tests.benchmarks.bootloader import FAILED, RECEIVED, START


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to send, through which port at which baud; ``folder`` is for what the sender keeps."""

    path: str
    baud: int
    file: Path
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One sender with one protocol."""

    who: str
    protocol: str
    block_bytes: int
    send: Callable[[Job], None]


def _ours(driver: str) -> Callable[[Job], None]:
    receiving = Receiving(
        driver=driver,
        start=START.decode(),
        accepted=RECEIVED.decode().strip(),
        refused=FAILED.decode().strip(),
    )

    def send(job: Job) -> None:
        data = job.file.read_bytes()
        image = ImageFile(facts=recognise(data, name=job.file.name), data=data)
        with our_session(job.path, job.folder, baud=job.baud, receiving=receiving) as session:
            session.flasher.flash(image, session, progress=nobody)

    return send


def _pypi_xmodem(mode: str) -> Callable[[Job], None]:
    def send(job: Job) -> None:
        from xmodem import XMODEM  # noqa: PLC0415 (in the dependency group `benchmark`)

        with bare_port(job.path, timeout_s=1.0, baud=job.baud) as port:

            def getc(size: int, timeout: float = 1) -> bytes | None:
                port.timeout = timeout
                return port.read(size) or None

            def putc(data: bytes, timeout: float = 1) -> int | None:
                port.write_timeout = timeout
                return port.write(data)

            port.write(START)
            if not XMODEM(getc, putc, mode=mode).send(io.BytesIO(job.file.read_bytes())):
                raise AssertionError("xmodem gave up")
            _wait_for_the_end(port)

    return send


def _pypi_ymodem(block_bytes: int) -> Callable[[Job], None]:
    def send(job: Job) -> None:
        from ymodem.Socket import ModemSocket  # noqa: PLC0415 (in the dependency group `benchmark`)

        with bare_port(job.path, timeout_s=1.0, baud=job.baud) as port:

            def read(size: int, timeout: float | None = 1) -> bytes:
                port.timeout = timeout
                return port.read(size)

            def write(data: bytes, timeout: float | None = 1) -> int | None:
                port.write_timeout = timeout
                return port.write(data)

            port.write(START)
            if not ModemSocket(read, write, packet_size=block_bytes).send([str(job.file)]):
                raise AssertionError("ymodem gave up")
            _wait_for_the_end(port)

    return send


def _wait_for_the_end(port: serial.Serial) -> None:
    port.timeout = 1.0
    read_until(port, re.compile(re.escape(RECEIVED)))


OURS = [
    Sender(who="ours", protocol="xmodem", block_bytes=128, send=_ours("xmodem")),
    Sender(who="ours", protocol="xmodem", block_bytes=1024, send=_ours("xmodem1k")),
    Sender(who="ours", protocol="ymodem", block_bytes=1024, send=_ours("ymodem")),
    Sender(who="ours", protocol="ymodem-g", block_bytes=1024, send=_ours("ymodem-g")),
]
PEERS = [
    Sender(who="PyPI xmodem", protocol="xmodem", block_bytes=128, send=_pypi_xmodem("xmodem")),
    Sender(who="PyPI xmodem", protocol="xmodem", block_bytes=1024, send=_pypi_xmodem("xmodem1k")),
    Sender(who="PyPI ymodem", protocol="ymodem", block_bytes=128, send=_pypi_ymodem(128)),
    Sender(who="PyPI ymodem", protocol="ymodem", block_bytes=1024, send=_pypi_ymodem(1024)),
]
