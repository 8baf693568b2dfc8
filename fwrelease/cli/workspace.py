"""``fwrelease init``: make a workspace."""

from pathlib import Path

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.services.workspace import create_workspace


@click.command(epilog=example("fwrelease init shop", "cd shop && fwrelease build list"))
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@with_console
@click.pass_obj
def init(app: App, directory: Path | None, console: Console) -> int:
    """Make a workspace in DIRECTORY: policy and plan to edit, an empty ledger, a vault.

    Nothing that is there already is overwritten.
    """
    root = directory or app.root
    made = create_workspace(root)
    console.answer(
        {"schema": 1, "workspace": str(root), "created": list(made)},
        f"{root} is a workspace now: {', '.join(made)}\nnext: read policy.yaml, then"
        f" fwrelease -w {root} build add VERSION --image BOARD=FILE",
    )
    return 0
