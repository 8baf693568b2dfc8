"""Command power: any switch that a command line can drive, such as a relay or a network PDU."""

import shlex

from hil.errors import RigFault, UsageFault
from hil.interfaces import PowerContext
from hil.inventory.placeholder import fill_all, names_in

_DEADLINE_S = 30.0


class CommandPower:
    """Options: ``on`` and ``off`` are command lines; ``reset`` is one too, else off and on.

    The places of the context and ``{channel}``, the rig's own, are filled in word by word.
    """

    def __init__(self, context: PowerContext) -> None:
        self._context = context
        channel = context.rig.power.options.get("channel")
        self._places = dict(context.places) | ({} if channel is None else {"channel": channel})
        for key in ("on", "off"):
            if not isinstance(context.rig.power.options.get(key), str):
                raise UsageFault(
                    f"{context.rig.name}: power driver command needs the option {key!r}",
                    hint='for example {driver: command, on: "relay 3 on", off: "relay 3 off"}',
                )
        commands = (str(context.rig.power.options.get(key, "")) for key in ("on", "off", "reset"))
        if channel is None and "channel" in names_in(commands):
            raise UsageFault(
                f"{context.rig.name}: power: a command has {{channel}} and the rig has none",
                hint='for example {driver: command, channel: 3, on: "relay {channel} on", ...}',
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
        words = shlex.split(str(self._context.rig.power.options[key]))
        argv = fill_all(words, self._places)
        result = self._context.run_tool(argv, _DEADLINE_S)
        if result.exit_code != 0:
            ended = "did not end" if result.exit_code is None else f"exit {result.exit_code}"
            said = result.output[-200:]
            raise RigFault(
                f"{self._context.rig.name}: power {key}: {argv[0]}: {ended}: {said}",
                hint="run the command by hand; the inventory's `power` holds it",
                code="POWER",
            )
