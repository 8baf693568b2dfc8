"""Sample: what repeated measurements say, as median and range."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Median, least and most of so many measurements."""

    median: float
    least: float
    most: float
    rounds: int


def sample_of(values: Iterable[float]) -> Sample:
    """Return the sample of ``values``, rounded to what a benchmark can know: 4 digits."""
    seen = sorted(values)
    return Sample(
        median=rounded(statistics.median(seen)),
        least=rounded(seen[0]),
        most=rounded(seen[-1]),
        rounds=len(seen),
    )


def share_below(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` (0..1) of ``values`` do not exceed: the nearest rank."""
    ordered = sorted(values)
    return rounded(ordered[max(0, math.ceil(share * len(ordered)) - 1)])


def rounded(value: float) -> float:
    """Return ``value`` with four significant digits."""
    return float(f"{value:.4g}")
