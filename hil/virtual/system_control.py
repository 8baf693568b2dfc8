"""The Armv7-M system control space (Arm DDI 0403E, B3.2), as far as the firmware uses it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hil.virtual.memory_map import SLOT_BASE

_VTOR, _AIRCR, _CFSR, _HFSR, _BFAR = 0xD08, 0xD0C, 0xD28, 0xD2C, 0xD38
_RESET_REQUEST = 0x05FA_0004
_KEY_AND_REQUEST = 0xFFFF_0004
HFSR_FORCED = 1 << 30


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """What the fault registers show: CFSR, HFSR and BFAR."""

    configurable: int = 0
    hard: int = 0
    address: int = 0


@dataclass(slots=True, kw_only=True)
class SystemControl:
    """Vector table offset, reset request, fault status. ``reset`` is asked for a reset."""

    reset: Callable[[], None]
    vectors: int = 0
    status: FaultStatus = field(default_factory=FaultStatus)

    def restart(self) -> None:
        """Go through a reset."""
        self.vectors = 0
        self.status = FaultStatus()

    def is_application_running(self) -> bool:
        """Tell whether the bootloader has handed over: the vectors are those in the slot."""
        return self.vectors >= SLOT_BASE

    def read(self, offset: int) -> int:
        """Return a register."""
        return {
            _VTOR: self.vectors,
            _CFSR: self.status.configurable,
            _HFSR: self.status.hard,
            _BFAR: self.status.address,
        }.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Set a register, or carry out the reset request."""
        if offset == _VTOR:
            self.vectors = value & 0xFFFF_FF80
        elif offset == _AIRCR and value & _KEY_AND_REQUEST == _RESET_REQUEST:
            self.reset()
