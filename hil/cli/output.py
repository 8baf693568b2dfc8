"""Output: what a command says, as text for people or as one JSON document for scripts."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hil.app import Lab, default_inventory, default_state
from hil.registry import load_inventory


class Output:
    """Documents go to standard output, everything else to standard error."""

    def __init__(self, form: str) -> None:
        self.form = form

    def document(self, data: Mapping[str, Any], text: str) -> None:
        """Say one thing, in the form that was asked for."""
        click.echo(json.dumps(data, indent=2) if self.form == "json" else text)

    def note(self, text: str) -> None:
        """Say something on the side."""
        click.echo(text, err=True)

    def fault(self, code: str, message: str, hint: str) -> None:
        """Say what happened and what to do next."""
        if self.form == "json":
            click.echo(json.dumps({"error": code, "message": message, "hint": hint}))
        click.echo(f"hil: {message} [{code}]\nhint: {hint}", err=True)

    @property
    def for_people(self) -> bool:
        """Whether somebody watches a terminal."""
        return self.form == "text" and sys.stderr.isatty()


form_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def _named_or_found(_context: click.Context, _option: click.Parameter, given: Path | None) -> Path:
    if given is not None:
        return given
    found = default_inventory()
    click.echo(f"hil: inventory {found}", err=True)
    return found


inventory_option = click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    envvar="HIL_INVENTORY",
    callback=_named_or_found,
    help="The lab: boards and rigs, a YAML file or a folder of them. Environment: HIL_INVENTORY."
    " Without it: ./hil.yaml, else the user's folder (~/.config/hil/*.yaml).",
)
state_option = click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=None,
    help="Where the lab keeps leases, quarantine, history. Environment: HIL_STATE.",
)


def open_lab(inventory: Path, state: Path | None) -> Lab:
    """Return the lab of an inventory."""
    return Lab(load_inventory(inventory), (state or default_state()).absolute())
