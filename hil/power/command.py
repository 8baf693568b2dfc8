"""Command power: any switch that a command line can drive, such as a relay or a network PDU."""

import shlex

from hil.errors import RigFault, UsageFault
from hil.interfaces import PowerContext

_DEADLINE_S = 30.0


class CommandPower:
    """Options: ``on`` and ``off`` are command lines; ``reset`` is one too, else off and on."""

    def __init__(self, context: PowerContext) -> None:
        self._context = context
        for key in ("on", "off"):
            if not isinstance(context.rig.power.options.get(key), str):
                raise UsageFault(
                    f"{context.rig.name}: power driver command needs the option {key!r}",
                    hint='for example {driver: command, on: "relay 3 on", off: "relay 3 off"}',
                )

    def on(self) -> None:
        """Run the ``on`` command."""
        self._run("on")

    def off(self) -> None:
        """Run the ``off`` command and leave the board dark for ``off_s``."""
        self._run("off")
        self._context.clock.pause(self._context.rig.power.off_s)

    def reset(self) -> None:
        """Run the ``reset`` command where there is one, else cycle the supply."""
        if "reset" in self._context.rig.power.options:
            self._run("reset")
        else:
            self.off()
            self.on()

    def _run(self, key: str) -> None:
        argv = shlex.split(str(self._context.rig.power.options[key]))
        result = self._context.run_tool(argv, _DEADLINE_S)
        if result.exit_code != 0:
            ended = "did not end" if result.exit_code is None else f"exit {result.exit_code}"
            said = result.output[-200:]
            raise RigFault(
                f"{self._context.rig.name}: power {key}: {argv[0]}: {ended}: {said}",
                hint="run the command by hand; the inventory's `power` holds it",
                code="POWER",
            )
