"""Lint: whether a plan can work on a fleet of this size, said before anything is offered."""

from collections.abc import Sequence

from fwrelease.health.bound import anytime_upper_bound
from fwrelease.health.criterion import RateBelow
from fwrelease.rollout.plan import Plan

LEAST_CHANCE = 0.8


def lint_plan(plan: Plan, devices: Sequence[int]) -> tuple[str, ...]:
    """Return one sentence for each ring that cannot do what the plan asks of it.

    ``devices`` is the number in each ring. A ring needs as many as its criterion demands, and a
    rate must be one that a good build, failing at the baseline, proves with probability 0.8.
    """
    complaints = []
    for ring, number in zip(plan.rings, devices, strict=True):
        rule = ring.criterion
        if number < rule.min_devices:
            complaints.append(
                f"ring {ring.name} has {number:,} devices and asks for {rule.min_devices:,}"
            )
        elif isinstance(rule, RateBelow):
            chance = chance_to_pass(rule, number, alpha=plan.alpha_per_ring)
            if chance < LEAST_CHANCE:
                complaints.append(
                    f"a good build passes ring {ring.name} with probability {chance:.2f}:"
                    f" {number:,} devices are too few to prove a rate below"
                    f" {rule.ceiling_rate:.2%}"
                )
    return tuple(complaints)


def chance_to_pass(rule: RateBelow, devices: int, *, alpha: float) -> float:
    """Return the probability that a build failing at the baseline passes, all having reported."""
    from scipy.special import bdtr  # noqa: PLC0415  the import takes half a second

    least, most = -1, devices  # so many failures pass, so many do not
    while most - least > 1:
        middle = (least + most) // 2
        passes = anytime_upper_bound(middle, devices, alpha=alpha) < rule.ceiling_rate
        least, most = (middle, most) if passes else (least, middle)
    return float(bdtr(least, devices, rule.baseline_rate)) if least >= 0 else 0.0
