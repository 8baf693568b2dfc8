"""Main: the program ``fwrelease``; finds the command, runs it, turns every error into words.

Exit codes: 0 yes · 1 a gate refused · 2 usage or configuration · 3 inconclusive or internal.
"""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from fwrelease.cli.console import example
from fwrelease.cli.failure import report_failure
from fwrelease.errors import ReleaseFault


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command by ``module:attribute``, imported when it is called, and its line of help."""

    target: str
    says: str


COMMANDS = {
    "init": Lazy("fwrelease.cli.workspace:init", "Make a workspace."),
    "build": Lazy("fwrelease.cli.build:build", "Register images, list and show builds."),
    "evidence": Lazy("fwrelease.cli.evidence:evidence", "Take in what campaigns proved."),
    "gate": Lazy("fwrelease.cli.gate:gate", "Ask whether a build may enter a context."),
    "why": Lazy("fwrelease.cli.why:why", "Show what holds a build back, and who acts."),
    "promote": Lazy("fwrelease.cli.promote:promote", "Let a build into its first ring."),
    "rollout": Lazy("fwrelease.cli.rollout:rollout", "Take a build from ring to ring."),
    "fleet": Lazy("fwrelease.cli.fleet:fleet", "See and drive the fleet."),
    "report": Lazy("fwrelease.cli.report:report", "Write a page on a build."),
    "audit": Lazy("fwrelease.cli.audit:audit", "Show and verify the ledger."),
    "demo": Lazy("fwrelease.cli.demo:demo", "See it all work on virtual rigs."),
}


@click.group(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example(
        "fwrelease init shop", "fwrelease -w shop build add 1.1.0 --image nano-v2=app.bin"
    ),
)
@click.option(
    "-w",
    "--workspace",
    "root",
    type=click.Path(path_type=Path),
    default=Path(),
    envvar="FWRELEASE_WORKSPACE",
    help="the workspace's directory; also FWRELEASE_WORKSPACE  [default: here]",
)
@click.version_option(package_name="fwrelease", prog_name="fwrelease")
@click.pass_context
def program(context: click.Context, root: Path) -> None:
    """Decide, from proof, how far a firmware build may go."""
    context.obj = root


def _add(name: str, lazy: Lazy) -> None:
    @program.command(
        name,
        short_help=lazy.says,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    @click.pass_context
    def run(context: click.Context, arguments: tuple[str, ...]) -> int:
        return _run(name, lazy, context, arguments)


def _run(name: str, lazy: Lazy, context: click.Context, arguments: tuple[str, ...]) -> int:
    """Import the real command, give it the app and its arguments, return its exit code."""
    module, attribute = lazy.target.split(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    app = importlib.import_module("fwrelease.app").App(context.obj)
    with command.make_context(name, list(arguments), parent=context.parent, obj=app) as inner:
        return int(command.invoke(inner) or 0)


for _name, _lazy in COMMANDS.items():
    _add(_name, _lazy)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the console script calls it."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(program.main(words, prog_name="fwrelease", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.ClickException, ReleaseFault, click.Abort, KeyboardInterrupt) as error:
        return report_failure(error, words)
    except Exception as error:  # noqa: BLE001 - the one place that turns a bug into a file and a code
        return report_failure(error, words)
