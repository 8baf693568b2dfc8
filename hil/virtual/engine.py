"""The engine: the core, its memory and its exceptions, on Unicorn.

Unicorn delivers no exceptions. So the exception entry of the architecture (Arm DDI 0403E, B1.5.6)
is done here, and the firmware's own handler does the rest. Nothing is stopped inside an access to
a register except for a reset: the engine would run that access again.
"""

import ctypes
import enum
import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from unicorn import arm_const as arm
from unicorn import unicorn_const as uc
from unicorn.unicorn_py3 import Uc, UcError

from hil.virtual import memory_map as at
from hil.virtual.system_control import HFSR_FORCED, FaultStatus, SystemControl

SLICE_INSTRUCTIONS: Final = 2_000_000
_NEVER: Final = 0xFFFF_FFFE
_WFI: Final = b"\x30\xbf"
_HARD_FAULT_NUMBER: Final = 3
_RETURN_TO_THREAD: Final = 0xFFFF_FFF9
_FRAME_BYTES: Final = 32
_REALIGNED: Final = 1 << 9
_THUMB: Final = 1 << 24

_CFSR_BUS_DATA: Final = 0x8200  # PRECISERR, BFARVALID
_CFSR_BUS_FETCH: Final = 0x0100  # IBUSERR
_CFSR_UNDEFINED: Final = 0x1_0000
_FETCHES: Final = (uc.UC_MEM_FETCH_UNMAPPED, uc.UC_MEM_FETCH_PROT)
_PREFETCH_ABORT: Final = 3  # QEMU's exception number, as UC_HOOK_INTR passes it

_STACKED: Final = (
    arm.UC_ARM_REG_R0,
    arm.UC_ARM_REG_R1,
    arm.UC_ARM_REG_R2,
    arm.UC_ARM_REG_R3,
    arm.UC_ARM_REG_R12,
    arm.UC_ARM_REG_LR,
    arm.UC_ARM_REG_PC,
    arm.UC_ARM_REG_XPSR,
)
_CLEARED: Final = (
    *range(arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R0 + 13),
    arm.UC_ARM_REG_CONTROL,
    arm.UC_ARM_REG_PRIMASK,
    arm.UC_ARM_REG_IPSR,
)


class Stop(enum.Enum):
    """Why a slice ended."""

    WAITING = "the core waits for an event"
    SPENT = "the slice is used up"
    RESET = "a reset was asked for"
    LOCKED_UP = "a fault inside the fault handler"


class Registers(Protocol):
    """A page of memory-mapped registers."""

    def read(self, offset: int) -> int:
        """Return the register at ``offset``."""
        ...

    def write(self, offset: int, value: int) -> None:
        """Write the register at ``offset``."""
        ...


@dataclass(slots=True)
class Engine:
    """The core with its memory. ``flash`` is mapped, so that programming it is seen by the core."""

    flash: mmap.mmap
    is_reset_asked: bool = False
    _core: Uc = field(init=False)
    _system: SystemControl = field(init=False)
    _trap: int | None = None
    _bad_access: tuple[int, int] | None = None
    _is_handling_fault: bool = False

    def __post_init__(self) -> None:
        """Map the memory."""
        self._core = Uc(uc.UC_ARCH_ARM, uc.UC_MODE_THUMB | uc.UC_MODE_MCLASS)
        self._core.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M3)
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(self.flash))
        readable = uc.UC_PROT_READ | uc.UC_PROT_EXEC
        self._core.mem_map_ptr(at.FLASH_BASE, at.FLASH_BYTES, readable, pointer)
        self._core.mem_map(at.RAM_BASE, at.RAM_BYTES, uc.UC_PROT_ALL)
        self._core.mem_map(at.NOR_BUFFER_BASE, at.REGION_BYTES, uc.UC_PROT_READ | uc.UC_PROT_WRITE)
        self._core.hook_add(uc.UC_HOOK_INTR, self._note_trap)
        self._core.hook_add(uc.UC_HOOK_MEM_INVALID, self._note_bad_access)

    def connect(self, system: SystemControl, pages: dict[int, Registers]) -> None:
        """Map the registers, by base address; ``system`` is told of faults."""
        self._system = system
        for base, registers in pages.items():
            self._core.mmio_map(
                base, at.REGION_BYTES, _reader(registers), None, _writer(registers), None
            )

    def reset(self) -> None:
        """Start over from the vector table; memory keeps what it holds, as RAM does."""
        self.is_reset_asked = self._is_handling_fault = False
        for register in _CLEARED:
            self._core.reg_write(register, 0)
        self._core.reg_write(arm.UC_ARM_REG_LR, 0xFFFF_FFFF)
        stack, start = struct.unpack("<II", self._core.mem_read(at.FLASH_BASE, 8))
        self._core.reg_write(arm.UC_ARM_REG_SP, stack)
        self._core.reg_write(arm.UC_ARM_REG_PC, start | 1)

    def ask_reset(self) -> None:
        """End the slice at once, from inside a register access; ``reset`` must follow."""
        self.is_reset_asked = True
        self._core.emu_stop()

    def read_nor_buffer(self, length: int) -> bytes:
        """Return what the firmware put into the NOR controller's buffer."""
        return bytes(self._core.mem_read(at.NOR_BUFFER_BASE, length))

    def drop_translated(self, changed: range) -> None:
        """Forget code translated from flash that has just changed; the engine does not see it."""
        self._core.ctl_remove_cache(
            at.FLASH_BASE + changed.start, at.FLASH_BASE + max(changed.stop, changed.start + 1)
        )

    def run_slice(self) -> Stop:
        """Run until the core waits, asks for a reset, locks up, or has used its slice."""
        self._trap = self._bad_access = None
        start = self._core.reg_read(arm.UC_ARM_REG_PC)
        is_faulting = False
        try:
            self._core.emu_start(start | 1, _NEVER, count=SLICE_INSTRUCTIONS)
        except UcError:
            is_faulting = True
        if self.is_reset_asked:
            return Stop.RESET
        if is_faulting or self._trap is not None:
            return self._enter_hard_fault()
        return Stop.WAITING if self._has_just_waited() else Stop.SPENT

    def _has_just_waited(self) -> bool:
        pc = self._core.reg_read(arm.UC_ARM_REG_PC)
        try:
            return bytes(self._core.mem_read(pc - 2, 2)) == _WFI
        except UcError:
            return False

    def _enter_hard_fault(self) -> Stop:
        """Do what the core does on a fault: stack the frame, then start the handler."""
        if self._is_handling_fault or not self._push_frame():
            return Stop.LOCKED_UP
        self._is_handling_fault = True
        self._system.status = self._fault_status()
        try:
            entry = self._core.mem_read(self._system.vectors + 4 * _HARD_FAULT_NUMBER, 4)
        except UcError:
            return Stop.LOCKED_UP
        self._core.reg_write(arm.UC_ARM_REG_LR, _RETURN_TO_THREAD)
        self._core.reg_write(arm.UC_ARM_REG_IPSR, _HARD_FAULT_NUMBER)
        self._core.reg_write(arm.UC_ARM_REG_PC, int.from_bytes(entry, "little") | 1)
        return Stop.SPENT

    def _push_frame(self) -> bool:
        stack = self._core.reg_read(arm.UC_ARM_REG_SP)
        frame = (stack - _FRAME_BYTES) & ~7
        if not at.RAM_BASE <= frame <= at.RAM_BASE + at.RAM_BYTES - _FRAME_BYTES:
            return False
        values = [self._core.reg_read(register) for register in _STACKED]
        values[7] |= _THUMB | (_REALIGNED if frame != stack - _FRAME_BYTES else 0)
        self._core.mem_write(frame, struct.pack("<8I", *values))
        self._core.reg_write(arm.UC_ARM_REG_SP, frame)
        return True

    def _fault_status(self) -> FaultStatus:
        if self._bad_access is None:
            cause = _CFSR_BUS_FETCH if self._trap == _PREFETCH_ABORT else _CFSR_UNDEFINED
            return FaultStatus(cause, HFSR_FORCED)
        access, address = self._bad_access
        if access in _FETCHES:
            return FaultStatus(_CFSR_BUS_FETCH, HFSR_FORCED)
        return FaultStatus(_CFSR_BUS_DATA, HFSR_FORCED, address)

    def _note_trap(self, core: Uc, number: int, _data: object) -> None:
        self._trap = number
        core.emu_stop()

    def _note_bad_access(self, *event: Any) -> bool:  # noqa: ANN401 - as Unicorn passes it
        _core, access, address, *_ = event
        self._bad_access = (access, address)
        return False


def _reader(registers: Registers) -> Callable[[Uc, int, int, object], int]:
    def read(_core: Uc, offset: int, _size: int, _data: object) -> int:
        return registers.read(offset)

    return read


def _writer(registers: Registers) -> Callable[[Uc, int, int, int, object], None]:
    def write(_core: Uc, offset: int, _size: int, value: int, _data: object) -> None:
        registers.write(offset, value)

    return write
