"""Judgement: pass, fail, inconclusive or no measurement, for one ring and one build.

Crashes report at once, successes only after they stayed, so a rate over those who have reported
is nearly always bad at first. Hence n is every device that took the offer: to halt, pending ones
count as good; to pass, they count as bad. Then neither answer can be an accident of who reported
first. "No significant difference" never passes: it is what a small ring always says.
"""

import enum
import math
from dataclasses import dataclass

from fwrelease.health.bound import anytime_upper_bound, reports_needed, zero_event_bound
from fwrelease.health.counts import DeviceCounts, describe_bad, find_contradiction
from fwrelease.health.criterion import Criterion, NoCriticalEvent, RateBelow
from fwrelease.health.eprocess import log_evidence, log_threshold


class Lack(enum.Enum):
    """What an inconclusive ring waits for."""

    DEVICES = "devices"
    REPORTS = "reports"
    EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The ring showed what its criterion asks."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The build is known to be worse than the criterion allows."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconclusive:
    """Too little is known; ``more_reports`` is about how many further devices would tell."""

    says: str
    lacks: Lack
    more_reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceError:
    """Nothing was measured, or what was measured cannot be."""

    says: str


Judgement = Pass | Fail | Inconclusive | SourceError


def judge(counts: DeviceCounts | None, criterion: Criterion, *, alpha: float) -> Judgement:
    """Judge one ring; ``alpha`` is this ring's share of the plan's false alarms, 0..1."""
    if counts is None:
        return SourceError(says="no measurement: the fleet said nothing of this ring")
    if (wrong := find_contradiction(counts)) is not None:
        return SourceError(says=f"the fleet's counts contradict themselves: {wrong}")
    match criterion:
        case NoCriticalEvent():
            return _judge_events(counts, criterion)
        case RateBelow():
            return _judge_rate(counts, criterion, alpha)


def _judge_events(counts: DeviceCounts, rule: NoCriticalEvent) -> Judgement:
    if counts.bad:
        return Fail(
            says=f"{counts.bad:,} of {counts.offered:,} devices failed"
            f" ({describe_bad(counts)}): this ring allows none"
        )
    if (early := _too_early(counts, rule)) is not None:
        return early
    if counts.pending:
        return _awaits_pending(counts)
    if (soak := _too_short(counts, rule)) is not None:
        return soak
    bound = zero_event_bound(counts.booted_confirmed)
    return Pass(
        says=f"no critical event in {counts.booted_confirmed:,} devices and"
        f" {counts.device_hours:,.0f} device-hours; that proves a rate below {bound:.1%} (95 %)"
    )


def _judge_rate(counts: DeviceCounts, rule: RateBelow, alpha: float) -> Judgement:
    evidence = log_evidence(counts.bad, counts.offered, baseline_rate=rule.baseline_rate)
    if counts.bad and evidence >= log_threshold(alpha):
        return Fail(
            says=f"{counts.bad:,} of {counts.offered:,} devices failed ({describe_bad(counts)}):"
            f" evidence {_show_power(evidence)} against a baseline of {rule.baseline_rate:.2%},"
            f" the limit is {1 / alpha:.0f}"
        )
    if (early := _too_early(counts, rule)) is not None:
        return early
    upper = anytime_upper_bound(counts.bad + counts.pending, counts.offered, alpha=alpha)
    known = (
        f"{counts.bad:,} of {counts.offered:,} devices failed, {counts.pending:,} pending:"
        f" at most {upper:.2%}"
    )
    if upper >= rule.ceiling_rate:
        return _not_yet_below(counts, rule, known, alpha)
    if _could_still_fail(counts, rule, alpha):
        return _awaits_pending(counts)
    if (soak := _too_short(counts, rule)) is not None:
        return soak
    return Pass(
        says=f"{known}, below {rule.ceiling_rate:.2%},"
        f" after {counts.device_hours:,.0f} device-hours"
    )


def _could_still_fail(counts: DeviceCounts, rule: RateBelow, alpha: float) -> bool:
    """With a wide margin a rate can be below the ceiling and yet known to be above the baseline."""
    worst = counts.bad + counts.pending
    evidence = log_evidence(worst, counts.offered, baseline_rate=rule.baseline_rate)
    return counts.pending > 0 and evidence >= log_threshold(alpha)


def _too_early(counts: DeviceCounts, rule: Criterion) -> Inconclusive | None:
    """Only confirmed boots count here: a device that fails must not complete the number."""
    missing = rule.min_devices - counts.booted_confirmed
    if missing <= 0 and counts.booted_confirmed:
        return None
    return Inconclusive(
        says=f"{counts.booted_confirmed:,} of at least {rule.min_devices:,} devices confirmed a"
        f" boot: about {max(1, missing):,} more device reports",
        lacks=Lack.DEVICES,
        more_reports=max(1, missing),
    )


def _awaits_pending(counts: DeviceCounts) -> Inconclusive:
    return Inconclusive(
        says=f"{counts.pending:,} devices took the build and have not confirmed a boot:"
        f" about {counts.pending:,} more device reports",
        lacks=Lack.REPORTS,
        more_reports=counts.pending,
    )


def _not_yet_below(counts: DeviceCounts, rule: RateBelow, known: str, alpha: float) -> Inconclusive:
    needed = reports_needed(
        counts.bad,
        counts.booted_confirmed + counts.bad,
        ceiling=rule.ceiling_rate,
        baseline_rate=rule.baseline_rate,
        alpha=alpha,
    )
    more = needed or counts.pending  # nothing needed: only the pending ones stand in the way
    return Inconclusive(
        says=f"{known}, not yet below {rule.ceiling_rate:.2%}: about {more:,} more device reports",
        lacks=Lack.REPORTS,
        more_reports=more,
    )


def _too_short(counts: DeviceCounts, rule: Criterion) -> Inconclusive | None:
    if counts.device_hours >= rule.min_device_hours:
        return None
    return Inconclusive(
        says=f"{counts.device_hours:,.0f} of {rule.min_device_hours:,.0f} device-hours"
        " on the build",
        lacks=Lack.EXPOSURE,
        more_reports=0,
    )


def _show_power(log_value: float) -> str:
    """Return e to the ``log_value`` for people; large numbers as powers of ten."""
    if log_value < math.log(1e6):
        return f"{math.exp(log_value):,.0f}"
    return f"10^{log_value / math.log(10):.0f}"
