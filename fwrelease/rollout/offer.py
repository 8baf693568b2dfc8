"""Offer: a build that the devices of one cohort shall run.

The offers in force follow from the rollouts alone: each open ring of each rollout that was not
halted offers its build, and the newest offer to a device wins. So nobody remembers what a device
ran before: taking a rollout back leaves its devices to the offers beneath it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fwrelease.rollout.cohort import Cohort
from fwrelease.rollout.state import RingState, Rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The devices of ``cohort`` shall run ``version``."""

    version: str
    cohort: Cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to count: devices with ``version``, by ring."""

    version: str
    cohorts: Mapping[str, Cohort]
    silence_after: timedelta


def offers_in_force(
    rollouts: Iterable[tuple[Rollout, Mapping[str, Cohort]]],
) -> tuple[Offer, ...]:
    """Return the offers of ``rollouts`` (oldest first, with the cohort of each ring), in order."""
    return tuple(
        Offer(version=rollout.version, cohort=cohorts[ring.name])
        for rollout, cohorts in rollouts
        if not is_withdrawn(rollout)
        for ring in rollout.opened
    )


def is_withdrawn(rollout: Rollout) -> bool:
    """Say whether the rollout was halted, and offers nothing any more."""
    return any(ring.state in {RingState.HALTED, RingState.TAKEN_BACK} for ring in rollout.rings)
