"""Bounds: how fast a campaign can be at best, and how long it will likely take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds: no schedule beats ``lower_bound_s``; half of all campaigns end by ``eta_p50_s``."""

    lower_bound_s: float
    eta_p50_s: float
    eta_p95_s: float


def estimate(
    durations: Mapping[Place, Mapping[str, Sequence[float]]], rigs: Mapping[Place, int]
) -> Estimate | None:
    """Return the estimate from past ``durations`` in seconds, by board, revision and case.

    The lower bound of a pool of equal rigs is the larger of its longest case and its work divided
    by its rigs (Graham 1969); pools work side by side. None where a case has never been timed.
    """
    bounds, likely, late = [], [], []
    for place, cases in durations.items():
        if not rigs.get(place) or any(not tries for tries in cases.values()):
            return None
        middle = [_quantile(tries, 50) for tries in cases.values()]
        slow = [_quantile(tries, 95) for tries in cases.values()]
        best = [min(tries) for tries in cases.values()]
        bounds.append(max(*best, sum(best) / rigs[place]))
        likely.append(sum(middle) / rigs[place] + max(middle))
        late.append(sum(slow) / rigs[place] + max(slow))
    if not bounds:
        return None
    return Estimate(
        lower_bound_s=round(max(bounds), 3),
        eta_p50_s=round(max(likely), 3),
        eta_p95_s=round(max(late), 3),
    )


def _quantile(tries: Sequence[float], percent: int) -> float:
    if len(tries) == 1:
        return tries[0]
    return quantiles(tries, n=100, method="inclusive")[percent - 1]
