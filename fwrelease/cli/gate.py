"""``fwrelease gate``: ask whether a build may enter a context, and ask again as it was."""

from datetime import UTC, datetime

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.cli.decision import exit_code_of, write_decision
from fwrelease.errors import UsageFault
from fwrelease.gates.answer import render_decision
from fwrelease.gates.gate import ENGINE_VERSION
from fwrelease.services.gate import Replay, check_gate, replay_decision
from fwrelease.services.policy import read_policy

_SAME, _DIFFERS = 0, 1


@click.group()
def gate() -> None:
    """Ask whether a build may enter a context."""


@gate.command(
    "check",
    epilog=example(
        "fwrelease gate check 1.1.0 --context ring:canary",
        "fwrelease gate check 1.1.0 --context ring:canary --as-of 2026-03-02T17:00Z --format json",
    ),
)
@click.argument("version")
@click.option("--context", required=True, help="what it would enter, such as ring:canary")
@click.option("--as-of", metavar="TIME", help="with the evidence of then (ISO 8601 with a zone)")
@with_console
@click.pass_obj
def check(app: App, version: str, context: str, as_of: str | None, console: Console) -> int:
    """Say whether VERSION may enter the context, why, and what would change that.

    Exit code 0: it may. 1: it failed. 3: it may not as long as there is doubt. The answer is
    recorded; `gate replay` gives it again.
    """
    recorded = check_gate(
        app.workspace(),
        read_policy(app.root),
        version=version,
        context=context,
        as_of=parse_time(as_of) if as_of else None,
    )
    decision, head = recorded.decision, recorded.head
    console.answer(
        {**render_decision(decision), "head": head.hash},
        f"{write_decision(decision)}\nrecorded as event {head.sequence}, {head.hash}",
    )
    return exit_code_of(decision.verdict)


@gate.command("replay", epilog=example("fwrelease gate replay $INPUTS_SHA256"))
@click.argument("inputs_sha256")
@with_console
@click.pass_obj
def replay(app: App, inputs_sha256: str, console: Console) -> int:
    """Decide again from the recorded inputs, and say whether the answer is the same bytes.

    Exit code 0: the same. 1: it differs, and how.
    """
    found = replay_decision(app.workspace(), inputs_sha256)
    console.answer(
        {
            "schema": 1,
            "same": not found.differences,
            "recorded_engine": found.recorded_engine,
            "engine_version": ENGINE_VERSION,
            "differences": list(found.differences),
            "decision": render_decision(found.decision),
        },
        write_replay(found),
    )
    return _DIFFERS if found.differences else _SAME


def write_replay(found: Replay) -> str:
    """Return how the replay went as text."""
    if not found.differences:
        return f"the same bytes: {found.decision.headline}"
    lines = [f"differs: engine {found.recorded_engine} → {ENGINE_VERSION}"]
    return "\n".join(lines + [f"  {difference}" for difference in found.differences])


def parse_time(text: str) -> datetime:
    """Return the moment that ``text`` names.

    Raises:
        UsageFault: it is not ISO 8601, or leaves the zone open.
    """
    hint = "write it as 2026-03-02T17:00Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(f"--as-of {text!r} is not a time", hint=hint) from error
    if moment.tzinfo is None:
        raise UsageFault(f"--as-of {text!r} has no time zone", hint=hint)
    return moment.astimezone(UTC)
