"""The NOR controller's registers: a command works on the page, or the buffered bytes, at ADDRESS.

======  =======  ==========================================================
offset  name     meaning
======  =======  ==========================================================
0x00    COMMAND  write 1: erase the page at ADDRESS; 2: program the buffer
0x04    ADDRESS  in flash
0x08    LENGTH   bytes of the buffer to program
0x0C    STATUS   0: the last command was done; 1: it was refused
0x10    PAGE     page size in bytes
======  =======  ==========================================================
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hil.virtual.clock import VirtualClock
from hil.virtual.faults import Faults
from hil.virtual.memory_map import BOOTLOADER_BYTES, FLASH_BYTES, PAGE_BYTES, SLOT_BASE, SLOT_BYTES
from hil.virtual.nor import Nor

_COMMAND, _ADDRESS, _LENGTH, _STATUS, _PAGE = 0x00, 0x04, 0x08, 0x0C, 0x10
_ERASE, _PROGRAM = 1, 2
_DONE, _REFUSED = 0, 1
_ERASE_US: Final = 2000
_PROGRAM_US_PER_KIB: Final = 1000


@dataclass(slots=True, kw_only=True)
class NorController:
    """Takes commands from the firmware; the planted flash faults act here.

    ``changed`` is told each touched range so that translated code is dropped: the engine does not
    see writes from outside. ``cut_power`` does not return.
    """

    nor: Nor
    clock: VirtualClock
    faults: Faults
    read_buffer: Callable[[int], bytes]
    changed: Callable[[range], None]
    cut_power: Callable[[], None]
    _address: int = 0
    _length: int = 0
    _status: int = _DONE
    _programmed_bytes: int = 0

    def read(self, offset: int) -> int:
        """Return a register."""
        return {
            _ADDRESS: self._address,
            _LENGTH: self._length,
            _STATUS: self._status,
            _PAGE: PAGE_BYTES,
        }.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Set a register, or run the command written."""
        if offset == _ADDRESS:
            self._address = value
        elif offset == _LENGTH:
            self._length = value
        elif offset == _COMMAND:
            self._status = self._run(value)

    def _run(self, command: int) -> int:
        length = self._length if command == _PROGRAM else 1
        end = self._address + length
        # The bootloader's pages are locked in hardware, so that no update can lose the bootloader.
        if self._address < BOOTLOADER_BYTES or end > FLASH_BYTES or length > PAGE_BYTES:
            return _REFUSED
        if command == _ERASE:
            self._erase()
        elif command == _PROGRAM:
            self._program(self.read_buffer(length))
        else:
            return _REFUSED
        return _DONE

    def _erase(self) -> None:
        self.clock.work(_ERASE_US)
        if not self._is_stale():
            self.changed(self.nor.erase(self._address))

    def _program(self, data: bytes) -> None:
        self.clock.work(_PROGRAM_US_PER_KIB * len(data) // 1024)
        left = len(data)
        if self.faults.power_cut_after_bytes is not None:
            left = self.faults.power_cut_after_bytes - self._programmed_bytes
        if not self._is_stale() and not self._is_dead():
            self.changed(self.nor.program(self._address, data[:left]))
        self._programmed_bytes += len(data)
        if left < len(data):
            self.cut_power()

    def _is_stale(self) -> bool:
        in_slot = SLOT_BASE <= self._address < SLOT_BASE + SLOT_BYTES
        return self.faults.stale_flash and in_slot

    def _is_dead(self) -> bool:
        return (self._address - SLOT_BASE) // PAGE_BYTES == self.faults.dead_page
