"""A machine: the engine with its peripherals, a line and a clock, from one rig file."""

import mmap
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from hil.virtual import memory_map as at
from hil.virtual.board_registers import BoardRegisters, ResetCause
from hil.virtual.clock import VirtualClock
from hil.virtual.engine import Engine, Registers
from hil.virtual.line import Line, Noise, bits_to_byte_s
from hil.virtual.nor import Nor
from hil.virtual.nor_controller import NorController
from hil.virtual.rigfile import RigFile
from hil.virtual.system_control import SystemControl
from hil.virtual.uart import Uart


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a machine is given: its port, its flash, and whom to tell of what happens to it.

    ``power_ons`` counts the power-ons of this rig so far; chance is seeded by it too, so that a
    power cycle is a new throw and yet the same one in the next run of the same story.
    """

    master: int | None
    flash: mmap.mmap
    power_ons: int
    vanished: Callable[[], None]
    cut_power: Callable[[], None]


@dataclass(slots=True, kw_only=True)
class Machine:
    """All parts of a powered board."""

    engine: Engine
    line: Line
    clock: VirtualClock
    uart: Uart
    board: BoardRegisters
    system: SystemControl
    next_cause: ResetCause = ResetCause.POWER_ON

    def reset(self, cause: ResetCause) -> None:
        """Take every part through a reset."""
        self.clock.restart()
        self.system.restart()
        self.board.restart(cause)
        self.engine.reset()
        self.next_cause = ResetCause.SOFTWARE


def build_machine(rig: RigFile, outside: Outside) -> Machine:
    """Wire a machine together; it has not been reset yet."""
    clock = VirtualClock(real_s=time.monotonic, slow=rig.faults.slow)
    line = _build_line(rig, outside, clock)
    engine = Engine(outside.flash)
    system = SystemControl(reset=engine.ask_reset)
    board = BoardRegisters(
        revision=rig.revision,
        chip_id=rig.chip_id,
        clock=clock,
        entropy=_chance(rig, outside, "entropy"),
    )
    nor = NorController(
        nor=Nor(outside.flash),
        clock=clock,
        faults=rig.faults,
        read_buffer=engine.read_nor_buffer,
        changed=engine.drop_translated,
        cut_power=outside.cut_power,
    )
    uart = Uart(line=line, spoke=lambda: _loop_boot(rig, machine))
    pages: dict[int, Registers] = {
        at.UART_BASE: uart,
        at.NOR_BASE: nor,
        at.BOARD_BASE: board,
        at.SYSTEM_BASE: system,
    }
    engine.connect(system, pages)
    machine = Machine(engine=engine, line=line, clock=clock, uart=uart, board=board, system=system)
    return machine


def _build_line(rig: RigFile, outside: Outside, clock: VirtualClock) -> Line:
    return Line(
        master=outside.master,
        clock=clock,
        faults=rig.faults,
        inward=Noise(faults=rig.faults, chance=_chance(rig, outside, "inward")),
        outward=Noise(faults=rig.faults, chance=_chance(rig, outside, "outward")),
        vanished=outside.vanished,
        byte_s=bits_to_byte_s(rig.baud),
        latency_s=rig.latency_ms / 1000,
    )


def _chance(rig: RigFile, outside: Outside, purpose: str) -> random.Random:
    return random.Random(f"{rig.seed}:{outside.power_ons}:{purpose}")  # noqa: S311 - repeatable


def _loop_boot(rig: RigFile, machine: Machine) -> None:
    """Brown out at the application's first word, when the fault is planted."""
    if rig.faults.boot_loop and machine.system.is_application_running():
        machine.next_cause = ResetCause.POWER_ON
        machine.engine.ask_reset()
