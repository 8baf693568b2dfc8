"""A supply: what gives the board of one rig its power, and so starts and ends its process."""

import asyncio
import dataclasses
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hil.virtual import port
from hil.virtual.channel import Event
from hil.virtual.control import Power
from hil.virtual.faults import Faults
from hil.virtual.memory_map import BOOTLOADER_BYTES, FLASH_BYTES
from hil.virtual.refusal import Refused
from hil.virtual.rigfile import RigFile

_ANSWER_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class RunningBoard:
    """A board process and the adapter's end of its channel."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)


@dataclass(slots=True, kw_only=True)
class Supply:
    """The power of one rig. ``planted`` counts from the next power-on."""

    folder: Path
    rig: RigFile
    bootloader: bytes
    planted: Faults
    power: Power = Power.OFF
    plugged: port.Port | None = None
    _board: RunningBoard | None = None
    _listener: asyncio.Task[None] | None = None

    def plug_in(self) -> None:
        """Make the port and its link."""
        self.plugged = port.open_port()
        port.publish(self.plugged, self.folder / "tty")

    def unplug(self) -> None:
        """Take the port away, as when the cable is pulled."""
        (self.folder / "tty").unlink(missing_ok=True)
        if self.plugged:
            port.close(self.plugged)
        self.plugged = None

    def state(self) -> str:
        """Return ``running``, ``dead`` or ``off``."""
        if self.power is Power.OFF:
            return "off"
        return "running" if self._board else "dead"

    def board_pid(self) -> int | None:
        """Return the process id of the board, if one runs."""
        return self._board.process.pid if self._board else None

    async def switch(self, to: Power) -> None:
        """Switch the power on or off.

        Raises:
            Refused: the board process did not come up.
        """
        match to:
            case Power.ON:
                await self.switch_on()
            case Power.OFF:
                await self.switch_off()

    async def switch_on(self) -> None:
        """Give the board power, and let it go once its port is flushed.

        Raises:
            Refused: the board process did not come up.
        """
        if self.power is Power.ON:
            return
        if self.plugged is None and self.planted.vanish_after_bytes is None:
            self.plug_in()
        self._note_power(Power.ON)
        board = await self._connect(*self._spawn())
        self._board = board
        self._listener = asyncio.create_task(self._listen(board))
        await self._expect(board, Event.READY)
        if self.plugged:
            port.flush(self.plugged)
        _order(board, do="go")

    async def switch_off(self) -> None:
        """Take the board's power away: it ends in the middle of whatever it does."""
        self._note_power(Power.OFF)
        board = self._board
        if board is None:
            return
        board.process.kill()
        if self._listener:
            await self._listener

    async def reset(self) -> None:
        """Pull the reset pin and wait until the board has started over.

        Raises:
            Refused: no board runs.
        """
        if self._board is None:
            state = self.state()
            raise Refused(f"the board is {state}, so it cannot be reset: power it off and on")
        _order(self._board, do="reset")
        await self._expect(self._board, Event.RESET)

    def _note_power(self, power: Power) -> None:
        self.power = power
        port.write_whole(self.folder / "power", f"{power.value}\n")

    def _spawn(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        master = self.plugged.master if self.plugged else -1
        passed = (theirs.fileno(), master) if self.plugged else (theirs.fileno(),)
        command = [sys.executable, "-m", "hil.virtual.board"]
        command += [str(theirs.fileno()), str(master), str(os.getpid())]
        # Spawned by the adapter's only thread: the kernel ends the board when that thread ends.
        process = subprocess.Popen(
            command,
            pass_fds=passed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=_environment(),
        )
        theirs.close()
        return process, ours

    async def _connect(
        self, process: subprocess.Popen[bytes], channel: socket.socket
    ) -> RunningBoard:
        reader, writer = await asyncio.open_connection(sock=channel)
        board = RunningBoard(process=process, reader=reader, writer=writer)
        _order(board, **self._start_order())
        return board

    def _start_order(self) -> dict[str, object]:
        rig = dataclasses.asdict(dataclasses.replace(self.rig, faults=self.planted))
        rig["chip_id"] = f"{self.rig.chip_id:08x}"
        rig["bootloader"] = str(self.rig.bootloader) if self.rig.bootloader else None
        flash = self._prepare_flash()
        return {"rig": rig, "flash": str(flash), "power_ons": self._count_power_on()}

    def _prepare_flash(self) -> Path:
        """Put the bootloader where the board's maker put it, in front of what flash holds."""
        flash = self.folder / "flash.bin"
        if not flash.exists():
            flash.write_bytes(b"\xff" * FLASH_BYTES)
        with flash.open("r+b") as stream:
            stream.write(self.bootloader.ljust(BOOTLOADER_BYTES, b"\xff"))
        return flash

    def _count_power_on(self) -> int:
        path = self.folder / "power-ons"
        count = int(path.read_text(encoding="utf-8")) + 1 if path.exists() else 1
        port.write_whole(path, f"{count}\n")
        return count

    async def _listen(self, board: RunningBoard) -> None:
        """Follow what the board tells, until it is gone."""
        while line := await _next_line(board):
            event = Event(json.loads(line)["event"])
            if event is Event.VANISHED:
                self.unplug()
            elif event is Event.POWER_CUT:
                self.planted = dataclasses.replace(self.planted, power_cut_after_bytes=None)
                self._note_power(Power.OFF)
            board.heard.put_nowait(event)
        board.writer.close()
        board.process.wait()
        self._board = None

    async def _expect(self, board: RunningBoard, wanted: Event) -> None:
        """Wait for an event of the board.

        Raises:
            Refused: it died, or said nothing in time.
        """
        try:
            async with asyncio.timeout(_ANSWER_S):
                while await self._next_event(board) is not wanted:
                    pass
        except TimeoutError as error:
            raise Refused(f"the board did not answer within {_ANSWER_S:g} s") from error

    async def _next_event(self, board: RunningBoard) -> Event:
        heard = asyncio.create_task(board.heard.get())
        assert self._listener is not None
        await asyncio.wait({heard, self._listener}, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            heard.cancel()
            raise Refused("the board process died; its last words are on the adapter's stderr")
        return heard.result()


async def _next_line(board: RunningBoard) -> bytes:
    """Return what the board tells next, nothing once it is gone."""
    try:
        return await board.reader.readline()
    except ConnectionError:  # it was killed before it had read all its orders
        return b""


def _order(board: RunningBoard, **order: object) -> None:
    board.writer.write(json.dumps(order).encode() + b"\n")


def _environment() -> dict[str, str]:
    """Let the board process find this package however this process found it."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, *([known] if known else [])])}
