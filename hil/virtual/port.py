"""A port: the pty pair of a rig, and the link under which its slave is found."""

import contextlib
import os
import pty
import termios
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Port:
    """Both ends, open. The slave stays open here, so that its settings and waiting bytes stay."""

    master: int
    slave: int
    name: str


def open_port() -> Port:
    """Make a pty pair: raw, its master non-blocking."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return Port(master, slave, os.ttyname(slave))


def flush(port: Port) -> None:
    """Throw away what waits in either direction."""
    termios.tcflush(port.slave, termios.TCIOFLUSH)
    with contextlib.suppress(BlockingIOError):
        while os.read(port.master, 4096):
            pass


def close(port: Port) -> None:
    """Close both ends; whoever has the port open sees it hang up."""
    os.close(port.master)
    os.close(port.slave)


def publish(port: Port, link: Path) -> None:
    """Point ``link`` at the slave; there is no moment without a link."""
    with _beside(link) as new:
        new.symlink_to(port.name)


def write_whole(path: Path, text: str) -> None:
    """Replace the file's content; no reader sees half of it."""
    with _beside(path) as new:
        new.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    yield new
    new.replace(path)
