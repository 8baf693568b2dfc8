"""``fwrelease rollout``: take a build from ring to ring, by what its devices report."""

import enum
import sys
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.cli.fleet import change_fleet, keep_fleet, read_duration, see_fleet
from fwrelease.cli.promote import exit_code as promotion_code
from fwrelease.health.standing import Standing
from fwrelease.rollout.state import Phase
from fwrelease.services.policy import read_policy
from fwrelease.services.rollout import (
    RingReport,
    RolloutReport,
    show_rollout,
    step_rollout,
    sum_reach,
    watch_rollout,
)

_CODES = {Phase.HALTED: 1, Phase.TAKEN_BACK: 1, Phase.HELD: 3}


class Until(enum.StrEnum):
    """When watching ends."""

    DECIDED = "decided"
    SETTLED = "settled"


@click.group()
def rollout() -> None:
    """Take a build from ring to ring, by what its devices report.

    Exit codes of all commands: 0 going or complete; 1 halted, or a gate refused; 3 held, because
    too little is known.
    """


@rollout.command("step", epilog=example("fwrelease rollout step", "fwrelease rollout step 1.2.0"))
@click.argument("version", required=False)
@with_console
@click.pass_obj
def step(app: App, version: str | None, console: Console) -> int:
    """Judge the open rings of VERSION (default: the newest rollout) and do what follows.

    A ring that passed opens the next one, if its gate passes; a ring that failed halts the rollout
    and takes the build back. Nothing is done twice: cron may call it.
    """
    policy = read_policy(app.root)
    with change_fleet(app) as fleet:
        report = step_rollout(app.workspace(), fleet, policy, version=version)
    return _answer(console, report)


@rollout.command("status", epilog=example("fwrelease rollout status 1.2.0 --format json"))
@click.argument("version", required=False)
@with_console
@click.pass_obj
def status(app: App, version: str | None, console: Console) -> int:
    """Show the rings of VERSION (default: the newest rollout), and who acts next."""
    return _answer(console, show_rollout(app.workspace(), see_fleet(app), version=version))


@rollout.command("watch", epilog=example("fwrelease rollout watch --every 6h --until decided"))
@click.argument("version", required=False)
@click.option("--every", default="6h", show_default=True, callback=read_duration)
@click.option(
    "--until",
    type=click.Choice([str(name) for name in Until]),
    default="decided",
    show_default=True,
    help="decided: complete, halted, held or refused; settled: a halted build is taken back, too",
)
@click.option("--limit", default="60d", show_default=True, callback=read_duration)
@with_console
@click.pass_obj
def watch(
    app: App, version: str | None, every: timedelta, until: str, limit: timedelta, console: Console
) -> int:
    """Step VERSION again and again. The simulated fleet's time moves on by EVERY between steps."""
    fleet, last = see_fleet(app), ""
    policy = read_policy(app.root)
    for report in watch_rollout(
        app.workspace(),
        fleet,
        policy,
        version=version,
        wait=lambda: fleet.advance(every),
        limit=limit,
    ):
        keep_fleet(app, fleet)
        last = _say_change(report, last)
        if _is_over(report, Until(until)):
            break
    return _answer(console, report)


def exit_code(report: RolloutReport) -> int:
    """Return 0 for going or complete, 1 for halted or refused, 3 for held."""
    if report.refused is not None:
        return promotion_code(report.refused)
    return _CODES.get(report.phase, 0)


def render_report(report: RolloutReport) -> dict[str, Any]:
    """Return where a rollout stands, for programs (docs/schemas/rollout-status.json)."""
    record, refused = report.record, report.refused
    return {
        "schema": 1,
        "version": record.rollout.version,
        "phase": report.phase.value,
        "started_at": record.started_at,
        "fleet_time": report.now.isoformat(),
        "rings": [_render_ring(ring) for ring in report.rings],
        "exposure": asdict(sum_reach(ring.counts for ring in report.rings if ring.counts)),
        "still_on_build": report.still_on_build,
        "reach_at_halt": None if record.reach is None else asdict(record.reach),
        "refused": None
        if refused is None
        else {
            "ring": refused.ring,
            "verdict": refused.gate.decision.verdict.word,
            "headline": refused.gate.decision.headline,
        },
        "next": report.next,
        "history": [
            {
                "event": one.kind,
                "ring": one.ring,
                "state": one.state.value,
                "says": one.says,
                "counts": None if one.counts is None else _render_counts(asdict(one.counts)),
                "fleet_time": one.fleet_time,
                "at": one.at,
                "actor": one.actor,
            }
            for one in record.history
        ],
    }


def write_report(report: RolloutReport) -> str:
    """Return where a rollout stands, for people."""
    heads = ("ring", "state", "devices", "took", "booted", "reverted", "failed", "silent")
    rows = [heads, *map(_cells, report.rings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    table = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines = [line for ring in report.rings for line in _evidence_lines(ring)]
    reach = report.record.reach
    halted = (
        [f"at the halt: {reach.offered:,} took the build, {reach.in_flight:,} were installing it"]
        if reach
        else []
    )
    title = (
        f"{report.record.rollout.version} is {report.phase.value.replace('_', ' ')},"
        f" fleet time {report.now:%Y-%m-%d %H:%M} UTC"
    )
    return "\n".join((title, *table, *lines, *halted, f"who acts next: {report.next}"))


def _cells(ring: RingReport) -> tuple[str, ...]:
    counts = ring.counts
    if counts is None:
        return (ring.name, ring.state.value, *("-",) * 6)
    numbers = (
        counts.targeted,
        counts.offered,
        counts.booted_confirmed,
        counts.reverted,
        counts.failed,
        counts.silent_past_deadline,
    )
    return (ring.name, ring.state.value.replace("_", " "), *(f"{number:,}" for number in numbers))


def _evidence_lines(ring: RingReport) -> tuple[str, ...]:
    if ring.standing is None:
        return ()
    return (f"{ring.name}: {ring.says}", f"  {write_standing(ring.standing)}")


def write_standing(standing: Standing) -> str:
    """Return the evidence of one ring beside the thresholds that decide on it."""
    soaked = f"{standing.device_hours:,.0f} of {standing.min_device_hours:,.0f} device-hours"
    confirmed = f"{standing.confirmed:,} of {standing.min_devices:,} devices"
    if standing.evidence is None or standing.ceiling_rate is None:
        return f"{confirmed}, {soaked}; proves a rate below {standing.upper_rate:.1%}"
    return (
        f"{confirmed}, {soaked}; evidence {standing.evidence:.3g} (halts at"
        f" {standing.evidence_limit:.0f}); rate at most {standing.upper_rate:.2%} (passes below"
        f" {standing.ceiling_rate:.2%})"
    )


def _render_ring(ring: RingReport) -> dict[str, Any]:
    return {
        "name": ring.name,
        "state": ring.state.value,
        "opened_at": None if ring.opened_at is None else ring.opened_at.isoformat(),
        "says": ring.says,
        "counts": None if ring.counts is None else _render_counts(asdict(ring.counts)),
        "standing": None if ring.standing is None else asdict(ring.standing),
    }


def _render_counts(counts: dict[str, Any]) -> dict[str, Any]:
    return {**counts, "critical": dict(counts["critical"])}


def _is_over(report: RolloutReport, until: Until) -> bool:
    if report.refused is not None:
        return True
    going_on = {Phase.GOING} if until is Until.DECIDED else {Phase.GOING, Phase.HALTED}
    return report.phase not in going_on


def _say_change(report: RolloutReport, last: str) -> str:
    """Tell on standard error when a ring has moved on, and return what was told."""
    now = ", ".join(f"{ring.name} {ring.state.value}" for ring in report.rings)
    if now != last:
        sys.stderr.write(f"{report.now:%Y-%m-%d %H:%M}  {now}\n")
    return now


def _answer(console: Console, report: RolloutReport) -> int:
    console.answer(render_report(report), write_report(report))
    return exit_code(report)
