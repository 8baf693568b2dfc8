"""``fwrelease promote``: open a build's next ring, if its gate lets it in."""

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.cli.fleet import change_fleet
from fwrelease.services.policy import read_policy
from fwrelease.services.promote import AlreadyOpen, Opened, Promotion, Refused
from fwrelease.services.promote import promote as open_next_ring
from fwrelease.verdict import Verdict


@click.command(epilog=example("fwrelease promote 1.2.0", "fwrelease promote 1.2.0 --ring canary"))
@click.argument("version")
@click.option("--ring", help="the ring to open  [default: the next one]")
@with_console
@click.pass_obj
def promote(app: App, version: str, ring: str | None, console: Console) -> int:
    """Open the next ring for VERSION: its devices are offered the build.

    Rings open in order, each after the one before it passed. Exit code 1: the gate refused; 3: what
    it asks for is missing or stale; 2: it is not this ring's turn.
    """
    workspace, policy = app.workspace(), read_policy(app.root)
    with change_fleet(app) as fleet:
        done = open_next_ring(workspace, fleet, policy, version=version, ring=ring)
    console.answer({"schema": 1, **render_promotion(done)}, write_promotion(done))
    return exit_code(done)


def exit_code(done: Promotion) -> int:
    """Return 0 for an open ring, 1 for a gate that said no, 3 for one that could not say yes."""
    match done:
        case Refused(gate=gate):
            return 1 if gate.decision.verdict is Verdict.FAILED else 3
        case Opened() | AlreadyOpen():
            return 0


def write_promotion(done: Promotion) -> str:
    """Return the promotion in a sentence."""
    match done:
        case Opened():
            return (
                f"{done.version}: ring {done.ring} is open; its {done.devices:,} devices are"
                " offered the build when they next poll"
            )
        case AlreadyOpen():
            return f"{done.version}: ring {done.ring} is open already"
        case Refused():
            asked = f"fwrelease gate check {done.version} --context ring:{done.ring}"
            return (
                f"{done.version}: ring {done.ring} stays shut: {done.gate.decision.headline}\n"
                f"  `{asked}` shows all of it"
            )


def render_promotion(done: Promotion) -> dict[str, object]:
    """Return the promotion for programs."""
    about: dict[str, object] = {"version": done.version, "ring": done.ring}
    match done:
        case Opened():
            return {**about, "outcome": "opened", "devices": done.devices}
        case AlreadyOpen():
            return {**about, "outcome": "already_open"}
        case Refused():
            decision = done.gate.decision
            return {
                **about,
                "outcome": "refused",
                "verdict": decision.verdict.word,
                "headline": decision.headline,
            }
