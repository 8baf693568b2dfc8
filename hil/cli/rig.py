"""``hil rig``: the rigs of a lab."""

import signal
from contextlib import ExitStack
from pathlib import Path

import click

from hil.cli.output import Output, form_option, inventory_option, open_lab, state_option
from hil.cli.rig_check import check, finding_line
from hil.cli.rig_discover import discover, import_hardware_map
from hil.cli.rig_hold import hold, release
from hil.history import History, Quarantined
from hil.inventory.survey import Good
from hil.links.adapter import Adapter
from hil.registry import find_rig
from hil.standing import find_pool, find_standings


@click.group()
def rig() -> None:
    """List, check and keep the rigs of a lab."""


rig.add_command(check)
rig.add_command(discover)
rig.add_command(import_hardware_map)
rig.add_command(hold)
rig.add_command(release)


@rig.command("list")
@inventory_option
@state_option
@form_option
def list_rigs(inventory: Path, state: Path | None, form: str) -> None:
    """List the rigs with their state.

    Example: hil rig list --inventory lab/virtual.yaml
    """
    lab = open_lab(inventory, state)
    rigs = [standing.render(lab.clock.utc()) for standing in find_standings(lab)]
    lines = [
        f"{r['rig']:<16}{r['board']:<14}{r['revision']:<6}{r['state']:<13}{r['reason']}"
        for r in rigs
    ]
    header = f"{'RIG':<16}{'BOARD':<14}{'REV':<6}{'STATE':<13}WHY"
    Output(form).document({"schema": 1, "rigs": rigs}, "\n".join([header, *lines]))


@rig.command()
@inventory_option
@state_option
def up(inventory: Path, state: Path | None) -> None:
    """Keep the virtual rigs running in the foreground, for work over several commands.

    Boards then keep their power between commands. Ctrl-C ends it.

    Example: hil rig up --inventory lab/virtual.yaml
    """
    lab = open_lab(inventory, state)
    with ExitStack() as stack:
        for found in lab.inventory.rigs.values():
            if found.virtual is not None:
                adapter = Adapter(found, found.virtual, lab.state / "virtual" / found.name)
                stack.callback(adapter.close)
                click.echo(f"{found.name}: {adapter.folder / 'tty'}")
        click.echo("up; Ctrl-C ends")
        signal.pause()


@rig.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; everybody who lists the rigs sees it.")
@inventory_option
@state_option
def quarantine(name: str, reason: str, inventory: Path, state: Path | None) -> None:
    """Take a rig out of the pool.

    Example: hil rig quarantine virt-a1 --reason "loose cable" --inventory lab/virtual.yaml
    """
    lab = open_lab(inventory, state)
    find_rig(lab.inventory, name)
    since = lab.clock.utc().isoformat(timespec="seconds")
    entry = Quarantined(rig=name, reason=f"BY_HAND: {reason}", since=since, campaign="by hand")
    History(lab.state).quarantine(entry)
    click.echo(f"{name} is out of the pool: {reason}")


@rig.command()
@click.argument("name")
@inventory_option
@state_option
def enable(name: str, inventory: Path, state: Path | None) -> None:
    """Put a rig back into the pool; says what else keeps it out.

    Example: hil rig enable virt-a1 --inventory lab/virtual.yaml
    """
    lab = open_lab(inventory, state)
    rig = find_rig(lab.inventory, name)
    history = History(lab.state)
    was = history.quarantined().get(name)
    history.enable(name)
    left = [finding_line(found) for found in find_pool(lab, rig) if not isinstance(found, Good)]
    back = "no longer quarantined" if left else "in the pool again"
    told = f"{back} (it was out: {was.reason})" if was else "not quarantined; nothing was changed"
    click.echo("\n".join([f"{name} is {told}", *left]))
