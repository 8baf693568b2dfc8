"""``fwrelease fleet``: see and drive the fleet."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.fleet.duration import parse_duration
from fwrelease.fleet.folder import load_fleet, read_world, save_fleet
from fwrelease.fleet.simulated import SimulatedFleet
from fwrelease.interfaces import Census
from fwrelease.services.fleet import show_fleet

FLEET, STATE = "fleet.yaml", Path("fleet/state.npz")


def see_fleet(app: App) -> SimulatedFleet:
    """Return the fleet of the workspace, to look at."""
    return load_fleet(read_world(app.root / FLEET), app.root / STATE)


def keep_fleet(app: App, fleet: SimulatedFleet) -> None:
    """Keep the fleet as it is now."""
    save_fleet(fleet, app.root / STATE)


@contextmanager
def change_fleet(app: App) -> Iterator[SimulatedFleet]:
    """Give the fleet of the workspace, and keep it unless an error comes."""
    fleet = see_fleet(app)
    yield fleet
    keep_fleet(app, fleet)


def read_duration(_context: click.Context, _parameter: click.Parameter, value: str) -> timedelta:
    """Turn an option such as 24h into a duration."""
    return parse_duration(value)


@click.group()
def fleet() -> None:
    """See and drive the fleet; the simulated one has a clock of its own."""


@fleet.command("status", epilog=example("fwrelease fleet status --format json"))
@with_console
@click.pass_obj
def status(app: App, console: Console) -> int:
    """Show what the devices run."""
    _answer(console, show_fleet(app.workspace(), see_fleet(app)))
    return 0


@fleet.command("advance", epilog=example("fwrelease fleet advance 24h"))
@click.argument("duration", callback=read_duration)
@with_console
@click.pass_obj
def advance(app: App, duration: timedelta, console: Console) -> int:
    """Let DURATION pass for the simulated fleet: 90m, 24h, 7d."""
    workspace = app.workspace()
    with change_fleet(app) as simulated:
        show_fleet(workspace, simulated)  # offers first, as they stood before the time passes
        simulated.advance(duration)
        _answer(console, simulated.census())
    return 0


def _answer(console: Console, census: Census) -> None:
    running = dict(census.running)
    title = (
        f"{census.devices:,} devices, {census.silent:,} silent,"
        f" fleet time {census.now:%Y-%m-%d %H:%M} UTC; last reported to run:"
    )
    lines = (f"  {version:12} {number:>9,} devices" for version, number in running.items())
    console.answer(
        {
            "schema": 1,
            "fleet_time": census.now.isoformat(),
            "devices": census.devices,
            "running": running,
            "silent": census.silent,
        },
        "\n".join((title, *lines)),
    )
