"""Straps, reset logic, timer and converter of the board: one page of registers.

======  ============  =================================================================
offset  name          meaning
======  ============  =================================================================
0x00    REVISION      strap: 0 is revision a, 1 is b
0x04    CHIP_ID       32 bits
0x08    RESET_CAUSE   0 power-on, 1 pin, 2 software, 3 lockup
0x0C    ENTROPY       another 32 bits at each read, seeded per power-on
0x10    LOCKUP_RESET  write 1: a locked-up core is reset, otherwise it stays silent
0x14    WORK_US       write: the work just done took so many microseconds
0x18    ADC           the reference voltage, which is another one on each revision
0x20    NOW_US        the timer since reset
0x24    COMPARE_US    write: end a WFI at this moment
0x28    DISARM        write: no such moment
======  ============  =================================================================
"""

import enum
import random
from dataclasses import dataclass

from hil.virtual.clock import VirtualClock

_REVISION, _CHIP_ID, _RESET_CAUSE, _ENTROPY, _LOCKUP_RESET = 0x00, 0x04, 0x08, 0x0C, 0x10
_WORK_US, _ADC, _NOW_US, _COMPARE_US, _DISARM = 0x14, 0x18, 0x20, 0x24, 0x28
_WORD = 0xFFFF_FFFF
_ADC_BY_REVISION = {"a": 2048, "b": 2064}


class ResetCause(enum.IntEnum):
    """Why the board last started, as the firmware reads it."""

    POWER_ON = 0
    PIN = 1
    SOFTWARE = 2
    LOCKUP = 3


@dataclass(slots=True, kw_only=True)
class BoardRegisters:
    """The page of registers; its outside is the rig file and the virtual clock."""

    revision: str
    chip_id: int
    clock: VirtualClock
    entropy: random.Random
    cause: ResetCause = ResetCause.POWER_ON
    resets_on_lockup: bool = False
    compare_us: int | None = None

    def restart(self, cause: ResetCause) -> None:
        """Go through a reset."""
        self.cause = cause
        self.resets_on_lockup = False
        self.compare_us = None

    def read(self, offset: int) -> int:
        """Return a register."""
        if offset == _NOW_US:
            return self.clock.now_us & _WORD
        if offset == _ENTROPY:
            return self.entropy.getrandbits(32)
        return {
            _REVISION: ord(self.revision) - ord("a"),
            _CHIP_ID: self.chip_id,
            _RESET_CAUSE: int(self.cause),
            _ADC: _ADC_BY_REVISION[self.revision],
        }.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Set a register."""
        if offset == _COMPARE_US:
            self.compare_us = value
        elif offset == _DISARM:
            self.compare_us = None
        elif offset == _WORK_US:
            self.clock.work(value)
        elif offset == _LOCKUP_RESET:
            self.resets_on_lockup = value != 0

    def is_timer_due(self) -> bool:
        """Tell whether the timer would end a WFI."""
        return self.compare_us is not None and self.clock.now_us >= self.compare_us
