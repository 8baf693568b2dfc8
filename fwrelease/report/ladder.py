"""Ladder: the rings of a rollout as bars; what each ring's devices did with the build."""

from dataclasses import dataclass

from fwrelease.health.counts import DeviceCounts
from fwrelease.services.rollout import RingReport, RolloutReport

WIDTH = 1000
_LEAST = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Devices with one outcome, between ``x`` and ``x + width`` of WIDTH."""

    outcome: str
    devices: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One ring; ``share`` of the fleet belongs to it, 0..1."""

    ring: RingReport
    share: float
    parts: tuple[Part, ...]


def draw_ladder(report: RolloutReport) -> tuple[Rung, ...]:
    """Return a rung for each ring, in order."""
    cohorts = report.record.cohorts
    return tuple(
        Rung(
            ring=ring,
            share=cohorts[ring.name].high - cohorts[ring.name].low,
            parts=() if ring.counts is None else draw_outcomes(ring.counts),
        )
        for ring in report.rings
    )


def draw_outcomes(counts: DeviceCounts) -> tuple[Part, ...]:
    """Divide a ring's bar by outcome; few that failed are drawn wide enough to be seen."""
    outcomes = (
        ("bad", counts.bad),
        ("pending", counts.pending),
        ("confirmed", counts.booted_confirmed),
    )
    parts: list[Part] = []
    x = 0.0
    for outcome, devices in outcomes:
        if not devices:
            continue
        width = min(max(_LEAST, WIDTH * devices / max(counts.targeted, 1)), WIDTH - x)
        parts.append(Part(outcome=outcome, devices=devices, x=round(x, 1), width=round(width, 1)))
        x += width
    return tuple(parts)
