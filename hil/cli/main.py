"""The program ``hil``: errors, exit codes and signals in one place; commands load when used."""

import importlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from fwrelease.errors import ReleaseFault
from hil.cli.output import Output
from hil.errors import HilFault, ProductFault, RigBusy, RigFault, UsageFault
from hil.tracebacks import keep_traceback

_COMMANDS = {
    "console": ("hil.cli.console:console", "Talk to a board, with its transcript running."),
    "doctor": ("hil.cli.doctor:doctor", "Look this machine over; bundle what helps to help."),
    "flash": ("hil.cli.bench:flash", "Put an image on one rig, and prove that it is there."),
    "image": ("hil.cli.image:image", "Look at firmware images."),
    "init": ("hil.cli.init:init", "Write a lab to start from."),
    "power": ("hil.cli.bench:power", "Switch the supply of one rig."),
    "reset": ("hil.cli.bench:reset", "Start the board of one rig anew."),
    "rig": ("hil.cli.rig:rig", "List, check and keep the rigs of a lab."),
    "run": ("hil.cli.run:run", "Run a campaign: flash, test, confirm, and say who acts."),
}


class _Lazy(click.Group):
    """Loads a command's module when the command is used, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fwrelease")
def hil() -> None:
    """Flash and smoke-test firmware on rigs; tell the lab's fault from the product's.

    \b
    Example:
      hil init --virtual lab
      hil run --inventory lab/virtual.yaml --image nano-v2=lab/images/nano-v2-1.0.0.bin \\
              --suite smoke --out out

    Exit codes: 0 passed, 1 the product failed, 2 usage, 3 inconclusive (lab), 128+n on a signal.
    """


_HALF = "a board that was being flashed may hold half an image; the next flash puts that right"


class Stopped(BaseException):
    """A signal asked this process to end; everything is closed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program and exit with its code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    output = Output(_format_of(arguments))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    sys.exit(_run(arguments, output))


def _run(arguments: list[str], output: Output) -> int:
    try:
        code = hil.main(arguments, prog_name="hil", standalone_mode=False)
    except (HilFault, ReleaseFault) as fault:
        output.fault(fault.code, fault.message, fault.hint)
        return _exit_code(fault)
    except click.ClickException as error:
        output.fault("USAGE", error.format_message(), "`hil --help` shows the commands")
        return 2
    except click.Abort:
        return 130
    except Stopped as stopped:
        name = signal.Signals(stopped.number).name
        output.fault("STOPPED", f"stopped by {name}; every rig was given back", _HALF)
        return 128 + stopped.number
    except Exception:  # noqa: BLE001 (the last resort: no bug of ours may look like a verdict)
        path = keep_traceback()
        output.fault("INTERNAL", f"an error of hil itself; the traceback is in {path}", "report it")
        return 3
    return code if isinstance(code, int) else 0


def _exit_code(fault: HilFault | ReleaseFault) -> int:
    match fault:
        case RigBusy():
            return 3  # somebody else has it now: CI may try again
        case ProductFault():
            return 1
        case RigFault():
            return 3
        case UsageFault() | ReleaseFault():
            return 2
        case _:
            return 3


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def _format_of(arguments: Sequence[str]) -> str:
    """Return the format asked for, before click has parsed: errors of usage obey it too."""
    joined = " ".join(arguments)
    return "json" if "--format json" in joined or "--format=json" in joined else "text"


if __name__ == "__main__":
    main()
