"""Reset: how a board is started anew, as its rig's YAML says."""

import shlex
from collections.abc import Callable, Mapping

from hil.errors import RigFault
from hil.interfaces import PowerSwitch, RunTool
from hil.inventory.placeholder import fill_all
from hil.inventory.rig import LineStep, ResetBy, Rig

_DEADLINE_S = 30.0


def make_reset(
    rig: Rig,
    power: PowerSwitch,
    *,
    pulse: Callable[[tuple[LineStep, ...]], None],
    send: Callable[[bytes], None],
    run_tool: RunTool,
    places: Mapping[str, str],
) -> Callable[[], None]:
    """Return what starts the board of ``rig`` anew.

    ``pulse`` sets DTR and RTS, ``send`` writes to the console. By default the power driver does
    it: with its reset pin where it has one, else by cutting the supply.
    """
    spec = rig.reset
    match spec.by:
        case ResetBy.POWER:
            return power.reset
        case ResetBy.LINES:
            return lambda: pulse(spec.steps)
        case ResetBy.CONSOLE:
            return lambda: send(spec.send.encode())
        case ResetBy.COMMAND:
            argv = fill_all(shlex.split(spec.run), places)
            return lambda: _run(rig, argv, run_tool)


def _run(rig: Rig, argv: list[str], run_tool: RunTool) -> None:
    result = run_tool(argv, _DEADLINE_S)
    if result.exit_code != 0:
        ended = "did not end" if result.exit_code is None else f"exit {result.exit_code}"
        raise RigFault(
            f"{rig.name}: reset: {argv[0]}: {ended}: {result.output[-200:].strip()}",
            hint="run the command by hand; the inventory's `reset` holds it",
            code="RESET",
        )
