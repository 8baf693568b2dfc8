"""The adapter: what stands between a harness and a virtual board, as a USB-serial adapter does.

It owns the port and outlives the board, so that the port stays while the power goes.

In the rig's folder: ``rig.json`` (read at start), ``adapter.lock``, ``tty`` (a link to the port),
``control`` (the socket), ``power`` ("on" or "off"), ``flash.bin`` (the flash, kept over power
cycles and adapters), ``power-ons`` (their count, which seeds chance).
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hil.virtual.bootloader import read_bootloader
from hil.virtual.control import (
    AskStatus,
    PinReset,
    Plant,
    Request,
    SwitchPower,
    granted,
    parse_request,
    refused,
)
from hil.virtual.refusal import Refused
from hil.virtual.rigfile import RigFile, read_rig_file
from hil.virtual.supply import Supply


@dataclass(slots=True)
class Adapter:
    """Answers requests, one at a time however many connections there are."""

    supply: Supply
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        # ValueError: an endless line; CancelledError: the adapter ends, and this with it.
        with contextlib.suppress(ConnectionError, ValueError, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(await self._answer(line))
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> bytes:
        try:
            request = parse_request(line)
            async with self._turn:
                return await self._carry_out(request)
        except Refused as refusal:
            return refused(refusal)

    async def _carry_out(self, request: Request) -> bytes:
        supply = self.supply
        match request:
            case SwitchPower(to):
                await supply.switch(to)
            case PinReset():
                await supply.reset()
            case Plant(faults):
                supply.planted = faults
            case AskStatus():
                return granted(**self._facts(), **_identity(supply.rig))
        return granted(**self._facts())

    def _facts(self) -> dict[str, object]:
        supply = self.supply
        return {
            "power": supply.power.value,
            "state": supply.state(),
            "board_pid": supply.board_pid(),
            "tty": supply.plugged.name if supply.plugged else None,
            "faults": supply.planted.planted(),
        }


def _identity(rig: RigFile) -> dict[str, object]:
    return {
        "rig": rig.rig,
        "board": rig.board,
        "revision": rig.revision,
        "chip_id": f"{rig.chip_id:08x}",
    }


def run(folder: Path) -> None:
    """Be the adapter of the rig in ``folder`` until stdin ends or a signal says stop.

    Raises:
        Refused: the folder holds no proper rig, or has an adapter already.
    """
    rig = read_rig_file(folder / "rig.json")
    bootloader = read_bootloader(rig)
    with _only_one(folder):
        asyncio.run(_live(folder.resolve(), rig, bootloader))


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    lock = os.open(folder / "adapter.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused(f"{folder} already has a running adapter; stop that one first") from error
    else:
        yield
    finally:
        os.close(lock)


async def _live(folder: Path, rig: RigFile, bootloader: bytes) -> None:
    supply = Supply(folder=folder, rig=rig, bootloader=bootloader, planted=rig.faults)
    await supply.switch_off()  # a power file left by an adapter that was killed is wrong now
    supply.plug_in()
    stop = _stop_event()
    listening = _bind(folder)
    server = await asyncio.start_unix_server(Adapter(supply).serve, sock=listening)
    try:
        ready = {"ready": True, "tty": str(folder / "tty"), "control": str(folder / "control")}
        print(json.dumps(ready), flush=True)
        await stop.wait()
    finally:
        server.close()
        (folder / "control").unlink(missing_ok=True)
        await supply.switch_off()
        supply.unplug()


def _stop_event() -> asyncio.Event:
    """Return an event set by SIGTERM, SIGINT, or the end of stdin."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def watch_stdin() -> None:
        # A thread, because stdin may be what no event loop can watch: a file or /dev/null.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended for another reason
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch_stdin, daemon=True, name="stdin").start()
    return stop


def _bind(folder: Path) -> socket.socket:
    """Bind the control socket; its path may be longer than a socket address can be."""
    (folder / "control").unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if sys.platform != "linux":
        listening.bind(str(folder / "control"))
        listening.listen()
        return listening
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listening.bind(f"/proc/self/fd/{descriptor}/control")
    finally:
        os.close(descriptor)
    listening.listen()
    return listening
