"""The CMSDK APB UART (Arm DDI 0479C, section 4.3), as far as the firmware uses it."""

from collections.abc import Callable
from dataclasses import dataclass

from hil.virtual.line import Line

_DATA, _STATE, _CTRL, _BAUDDIV = 0x00, 0x04, 0x08, 0x10
_STATE_RX_FULL = 2
_CTRL_RX_INTERRUPT = 8


@dataclass(slots=True, kw_only=True)
class Uart:
    """Registers in front of a line. ``spoke`` is told of each byte that the firmware sends."""

    line: Line
    spoke: Callable[[], None]
    _control: int = 0
    _divider: int = 0

    def read(self, offset: int) -> int:
        """Return a register; reading DATA takes the byte."""
        if offset == _STATE:  # the transmitter never fills up: the line takes all
            return _STATE_RX_FULL if self.line.has_byte() else 0
        if offset == _DATA:
            return self.line.take()
        return {_CTRL: self._control, _BAUDDIV: self._divider}.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Set a register; writing DATA sends the byte."""
        if offset == _DATA:
            self.line.send(value & 0xFF)
            self.spoke()
        elif offset == _CTRL:
            self._control = value
        elif offset == _BAUDDIV:
            self._divider = value

    def has_interrupt(self) -> bool:
        """Tell whether a received byte would end a WFI."""
        return bool(self._control & _CTRL_RX_INTERRUPT) and self.line.has_byte()

    def watched(self) -> list[int]:
        """Return the descriptors whose input would end a WFI."""
        return self.line.watched() if self._control & _CTRL_RX_INTERRUPT else []
