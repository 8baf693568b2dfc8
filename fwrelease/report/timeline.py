"""Timeline: the attempts of a campaign, rig by rig, laid out along its time."""

from dataclasses import dataclass
from datetime import datetime

from fwrelease.report.campaign import Attempt, Campaign, Case

WIDTH = 1000
_LEAST = 3.0
_SHORTEST_S = 1e-3  # what is shorter is drawn as if it were as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An attempt between ``x`` and ``x + width`` of WIDTH; ``starts_s`` counts from the first."""

    case: Case
    attempt: Attempt
    starts_s: float
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The attempts on one rig, in time."""

    rig: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All lanes, over ``length_s`` seconds."""

    length_s: float
    lanes: tuple[Lane, ...]


def draw_timeline(campaign: Campaign) -> Timeline:
    """Return the lanes of all rigs that tried something, sorted by their names."""
    tries = [(attempt, case) for case in campaign.cases for attempt in case.attempts]
    if not tries:
        return Timeline(length_s=0.0, lanes=())
    begin = min(attempt.started for attempt, _ in tries)
    length = max(_after(begin, attempt) + attempt.duration_s for attempt, _ in tries)
    scale = WIDTH / max(length, _SHORTEST_S)
    bars = [_draw(case, attempt, _after(begin, attempt), scale) for attempt, case in tries]
    bars.sort(key=lambda bar: (bar.starts_s, bar.case.place, bar.case.case))
    return Timeline(
        length_s=length,
        lanes=tuple(
            Lane(rig=rig, bars=tuple(bar for bar in bars if bar.attempt.rig == rig))
            for rig in sorted({attempt.rig for attempt, _ in tries})
        ),
    )


def _after(begin: datetime, attempt: Attempt) -> float:
    return (attempt.started - begin).total_seconds()


def _draw(case: Case, attempt: Attempt, starts_s: float, scale: float) -> Bar:
    x = min(starts_s * scale, WIDTH - _LEAST)
    width = min(max(_LEAST, attempt.duration_s * scale), WIDTH - x)
    return Bar(
        case=case,
        attempt=attempt,
        starts_s=starts_s,
        x=round(x, 1),
        width=round(width, 1),
    )
