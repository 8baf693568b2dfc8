"""Standing: where a ring stands against its criterion, in the numbers that decide it."""

import math
from dataclasses import dataclass

from fwrelease.health.bound import anytime_upper_bound, zero_event_bound
from fwrelease.health.counts import DeviceCounts
from fwrelease.health.criterion import Criterion, NoCriticalEvent, RateBelow
from fwrelease.health.eprocess import log_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Evidence against thresholds; ``evidence`` halts from ``evidence_limit`` on.

    ``upper_rate`` must fall below ``ceiling_rate`` for the ring to pass; a ring that allows no
    event has no ceiling, and there any failure halts.
    """

    failed: int
    devices: int
    evidence: float | None
    evidence_limit: float | None
    upper_rate: float
    ceiling_rate: float | None
    device_hours: float
    min_device_hours: float
    confirmed: int
    min_devices: int


def measure_standing(counts: DeviceCounts, rule: Criterion, *, alpha: float) -> Standing:
    """Return the numbers on which :func:`fwrelease.health.judgement.judge` decides."""
    evidence, limit, upper, ceiling = None, None, 1.0, None
    match rule:
        case NoCriticalEvent():
            upper = 1.0 if counts.bad else zero_event_bound(counts.booted_confirmed)
        case RateBelow():
            power = log_evidence(counts.bad, counts.offered, baseline_rate=rule.baseline_rate)
            evidence, limit = math.exp(min(power, 700.0)), 1.0 / alpha  # e^709 is the last double
            upper = anytime_upper_bound(counts.bad + counts.pending, counts.offered, alpha=alpha)
            ceiling = rule.ceiling_rate
    return Standing(
        failed=counts.bad,
        devices=counts.offered,
        evidence=evidence,
        evidence_limit=limit,
        upper_rate=upper,
        ceiling_rate=ceiling,
        device_hours=counts.device_hours,
        min_device_hours=rule.min_device_hours,
        confirmed=counts.booted_confirmed,
        min_devices=rule.min_devices,
    )
