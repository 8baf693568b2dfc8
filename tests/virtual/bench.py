"""A bench for the tests: one virtual rig, its console, and what is done to it."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import serial
from xmodem import XMODEM

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "rigs" / "firmware" / "images"
UPDATE_REQUEST = b"\x15boot"
SLOT_BASE, FLASH_BYTES = 0x4000, 0x40000
PATIENCE_S = 10.0


def image(name: str) -> bytes:
    """Return the committed image of a variant."""
    return (IMAGES / f"nano-v2-{name}.bin").read_bytes()


def eventually(holds: Callable[[], bool], *, within_s: float = PATIENCE_S) -> bool:
    """Poll until ``holds`` or the time is over."""
    deadline_s = time.monotonic() + within_s
    pause = threading.Event()
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        pause.wait(0.01)
    return True


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@dataclass
class Console:
    """The host's side of the serial port; what was read too early is kept."""

    port: serial.Serial
    unread: bytes = b""

    def until(self, mark: bytes, *, within_s: float = PATIENCE_S) -> bytes:
        """Return what comes up to and with ``mark``; without it, everything that came."""
        deadline_s = time.monotonic() + within_s
        while mark not in self.unread and time.monotonic() < deadline_s:
            self.unread += self.port.read(max(1, self.port.in_waiting))
        end = self.unread.find(mark)
        cut = len(self.unread) if end < 0 else end + len(mark)
        said, self.unread = self.unread[:cut], self.unread[cut:]
        return said

    def silence(self, *, for_s: float) -> bytes:
        """Return what comes within ``for_s``; nothing is hoped for."""
        return self.until(b"\x00never\x00", within_s=for_s)

    def send(self, data: bytes) -> None:
        self.port.write(data)

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer if no more come."""
        return self.getc(count, PATIENCE_S) or b""

    def ask(self, command: str, prompt: bytes = b"nano> ") -> str:
        """Send a command and return the answer without its prompt."""
        self.send(command.encode() + b"\r")
        return self.until(prompt).removesuffix(prompt).decode(errors="replace")

    def getc(self, size: int, timeout: float = 1) -> bytes | None:
        deadline_s = time.monotonic() + timeout
        while len(self.unread) < size and time.monotonic() < deadline_s:
            self.unread += self.port.read(size - len(self.unread))
        got, self.unread = self.unread[:size], self.unread[size:]
        return got or None

    def putc(self, data: bytes, timeout: float = 1) -> int | None:  # noqa: ARG002 - xmodem's call
        return self.port.write(data)


@dataclass
class Rig:
    """A running adapter on a folder."""

    folder: Path
    process: subprocess.Popen[str]
    control: socket.socket
    consoles: list[Console] = field(default_factory=list)

    def do(self, **request: object) -> dict[str, object]:
        """Send one request to the adapter and return its answer."""
        return self.raw(json.dumps(request).encode())

    def raw(self, line: bytes) -> dict[str, object]:
        self.control.sendall(line + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self.control.recv(65536)
        data: dict[str, object] = json.loads(answer)
        return data

    def power(self, to: str) -> None:
        answer = self.do(do="power", to=to)
        assert answer["ok"], answer

    def console(self) -> Console:
        """Open the serial port."""
        console = Console(serial.Serial(str(self.folder / "tty"), timeout=0.02))
        self.consoles.append(console)
        return console

    def boot(self) -> Console:
        """Open the port and power the board on."""
        console = self.console()
        self.power("on")
        return console

    def enter_update(self) -> Console:
        """Power the board on and enter its bootloader."""
        console = self.boot()
        console.send(UPDATE_REQUEST)  # at once: the board finds it when its window opens
        console.until(b"boot> ")
        return console

    def cycle(self) -> None:
        self.power("off")
        self.power("on")

    def board_pid(self) -> int:
        pid = self.do(do="status")["board_pid"]
        assert isinstance(pid, int)
        return pid

    def stop(self) -> int:
        """End the adapter the proper way and return its exit code."""
        for console in self.consoles:
            with contextlib.suppress(OSError):
                console.port.close()
        self.control.close()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        return code


def write_rig_file(folder: Path, **changes: object) -> None:
    rig = {"rig": "virt-b1", "board": "nano-v2", "revision": "b", "chip_id": "5e1f00b1"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rig.json").write_text(json.dumps(rig | changes))


def put_in_slot(folder: Path, data: bytes) -> None:
    """Write flash as a board that was flashed before has it."""
    flash = folder / "flash.bin"
    if not flash.exists():
        flash.write_bytes(b"\xff" * FLASH_BYTES)
    with flash.open("r+b") as stream:  # in place: a powered board has it mapped
        stream.seek(SLOT_BASE)
        stream.write(data.ljust(FLASH_BYTES - SLOT_BASE, b"\xff"))


def adapter_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "hil.virtual", str(folder)]


def connect(folder: Path) -> socket.socket:
    """Connect to the control socket, however long its path."""
    control = socket.socket(socket.AF_UNIX)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        control.connect(f"/proc/self/fd/{descriptor}/control")
    finally:
        os.close(descriptor)
    control.settimeout(PATIENCE_S)
    return control


@contextlib.contextmanager
def running(folder: Path, *, slot: bytes | None = None, **rig: object) -> Iterator[Rig]:
    """Run a virtual rig in ``folder``, with ``slot`` flashed before."""
    if not (folder / "rig.json").exists():
        write_rig_file(folder, **rig)
    if slot is not None:
        put_in_slot(folder, slot)
    process = subprocess.Popen(
        adapter_command(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["ready"] is True
    started = Rig(folder, process, connect(folder))
    try:
        yield started
    finally:
        started.stop()


def send_image(console: Console, data: bytes, *, mode: str = "xmodem1k", retry: int = 16) -> bool:
    """Load an image at the bootloader's prompt; tell whether the sender is content."""
    console.send(b"load\r")
    console.until(b"xmodem ready\r\n")
    sender = XMODEM(console.getc, console.putc, mode=mode)
    return bool(sender.send(io.BytesIO(data), retry=retry, timeout=1, quiet=True))


def flash(console: Console, data: bytes, *, mode: str = "xmodem1k") -> str:
    """Load an image at the bootloader's prompt; return what it says after the transfer."""
    assert send_image(console, data, mode=mode)
    return console.until(b"boot> ").decode(errors="replace")
