"""Virtual power: the switch of a virtual rig, which its adapter carries out."""

from collections.abc import Mapping

from hil.errors import RigFault
from hil.interfaces import PowerContext


class VirtualPower:
    """Power and reset of a virtual rig; needs no options."""

    def __init__(self, context: PowerContext) -> None:
        self._rig = context.rig.name
        self._control = context.control

    def on(self) -> None:
        """Give the board power; returns when it is ready to run."""
        self._ask({"do": "power", "to": "on"})

    def off(self) -> None:
        """Take the power away; returns when the board's process has ended."""
        self._ask({"do": "power", "to": "off"})

    def reset(self) -> None:
        """Pull the reset pin; a hung board obeys too."""
        self._ask({"do": "reset"})

    def _ask(self, request: Mapping[str, str]) -> None:
        answer = self._control(request)
        if answer.get("ok") is not True:
            raise RigFault(
                f"{self._rig}: {' '.join(request.values())} was refused: {answer.get('error')}",
                hint=f"`hil rig check {self._rig}`",
                code="POWER",
            )
