"""The board process: a powered board, from power-on to power-off; the adapter starts it.

It is held until told to go, and ends with its adapter: by the end of its channel, and by the
kernel should it be deaf just then. This is the only process that loads the engine.
"""

import contextlib
import ctypes
import enum
import mmap
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hil.virtual.board_registers import ResetCause
from hil.virtual.channel import BoardEnd, Event, Hangup, Start
from hil.virtual.engine import Stop
from hil.virtual.machine import Machine, Outside, build_machine
from hil.virtual.memory_map import FLASH_BYTES

_PR_SET_PDEATHSIG = 1
_FREE_SLICES = 3  # honest work is done by then; what goes on is a hang
_REST = 5  # a hung board rests so many times as long as it runs


class Heard(enum.Enum):
    """What came from the adapter while the board waited."""

    NOTHING = "nothing"
    RESET = "the board was reset"


@dataclass(slots=True, kw_only=True)
class Board:
    """Runs the machine, and holds it to real time and to the adapter's orders."""

    machine: Machine
    channel: BoardEnd

    def run(self) -> NoReturn:
        """Run until the process ends.

        Raises:
            Hangup: the adapter is gone.
        """
        machine, spent_slices = self.machine, 0
        machine.reset(ResetCause.POWER_ON)
        while True:
            began_s = machine.clock.real_s()
            stop = machine.engine.run_slice()
            took_s = machine.clock.real_s() - began_s
            if self._keep_pace() is Heard.RESET or self._serve([], 0.0) is Heard.RESET:
                continue
            machine.line.flush()
            spent_slices = spent_slices + 1 if stop is Stop.SPENT else 0
            if spent_slices > _FREE_SLICES:
                self._serve([], _REST * took_s)
            elif stop is not Stop.SPENT:
                self._follow(stop)

    def _follow(self, stop: Stop) -> None:
        """Do what follows when the core has stopped by itself."""
        machine = self.machine
        if stop is Stop.WAITING:
            self._sleep_until_event()
            return
        machine.line.flush_all()
        if stop is Stop.RESET:
            machine.reset(machine.next_cause)
        elif machine.board.resets_on_lockup:
            machine.reset(ResetCause.LOCKUP)
        else:
            while self._serve([], None) is not Heard.RESET:
                pass

    def _keep_pace(self) -> Heard:
        """Let real time catch up with virtual time."""
        clock = self.machine.clock
        due_s = clock.due_s(clock.now_us)
        while (left_s := due_s - clock.real_s()) > 0:
            if self._serve([], left_s) is Heard.RESET:
                return Heard.RESET
        clock.sync()
        return Heard.NOTHING

    def _sleep_until_event(self) -> None:
        """Sleep as the core does in WFI: until a byte, the timer, or a reset."""
        machine, compare_us = self.machine, self.machine.board.compare_us
        while not (machine.uart.has_interrupt() or machine.board.is_timer_due()):
            moments = [machine.line.next_event_s()]
            if compare_us is not None:
                moments.append(machine.clock.due_s(compare_us))
            due_s = min((moment for moment in moments if moment is not None), default=None)
            wait_s = None if due_s is None else max(0.0, due_s - machine.clock.real_s())
            if self._serve(machine.uart.watched(), wait_s) is Heard.RESET:
                return
            machine.line.flush()
            machine.clock.wake(no_later_than_us=compare_us)

    def _serve(self, watched: list[int], wait_s: float | None) -> Heard:
        """Wait for the adapter or a watched descriptor, and carry out the adapter's orders."""
        if not self.channel.has_orders and not self._is_called(watched, wait_s):
            return Heard.NOTHING
        heard = Heard.NOTHING
        for order in self.channel.receive():
            if order.get("do") == "reset":
                self.machine.line.flush_all()
                self.machine.reset(ResetCause.PIN)
                self.channel.tell(Event.RESET)
                heard = Heard.RESET
        return heard

    def _is_called(self, watched: list[int], wait_s: float | None) -> bool:
        adapter = self.channel.socket.fileno()
        return adapter in select.select([adapter, *watched], [], [], wait_s)[0]


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _map_flash(path: Path) -> mmap.mmap:
    with path.open("r+b") as stream:
        return mmap.mmap(stream.fileno(), FLASH_BYTES)


def _orders(channel: BoardEnd) -> Iterator[dict[str, object]]:
    while True:
        yield from channel.receive()


def _hold(channel: BoardEnd) -> None:
    """Wait until the adapter lets the board go."""
    channel.tell(Event.READY)
    for order in _orders(channel):
        if order.get("do") == "go":
            return


def _stay_silent(channel: BoardEnd) -> None:
    """Have power and do nothing, until the adapter is gone."""
    for order in _orders(channel):
        if order.get("do") == "reset":
            channel.tell(Event.RESET)


def _cut_power(channel: BoardEnd) -> NoReturn:
    channel.tell(Event.POWER_CUT)
    os._exit(0)


def _live(channel: BoardEnd, master: int) -> None:
    start = Start.parse(next(_orders(channel)))
    outside = Outside(
        master=master,
        flash=_map_flash(start.flash),
        power_ons=start.power_ons,
        vanished=lambda: channel.tell(Event.VANISHED),
        cut_power=lambda: _cut_power(channel),
    )
    machine = build_machine(start.rig, outside)
    _hold(channel)
    if start.rig.faults.silent:
        _stay_silent(channel)
    Board(machine=machine, channel=channel).run()


def main() -> NoReturn:
    """Be a board: ``python -m hil.virtual.board CHANNEL_FD MASTER_FD PARENT_PID``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the adapter
    channel_fd, master, parent = (int(argument) for argument in sys.argv[1:4])
    _end_with(parent)
    with contextlib.suppress(Hangup):
        _live(BoardEnd(socket.socket(fileno=channel_fd)), master)
    os._exit(0)  # nothing to tidy up: a board loses its power


if __name__ == "__main__":
    main()
