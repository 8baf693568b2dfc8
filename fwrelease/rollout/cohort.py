"""Cohort: the devices of one ring, drawn by a salted hash of the device's id.

A device's position is a number in [0, 1) that never changes; a ring is a range of positions. So
membership needs no list, a growing fleet only adds devices to a ring, a ring that grows keeps those
it had, and whoever polls first does not fill the first ring with well connected devices.
"""

import hashlib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fwrelease.errors import UsageFault
from fwrelease.rollout.ring import Count, Ring, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The devices whose position under ``salt`` lies in [``low``, ``high``)."""

    salt: str
    low: float
    high: float


def position(device: str, *, salt: str) -> float:
    """Return the device's place in [0, 1): 53 bits of BLAKE2b (RFC 7693), keyed by the salt."""
    digest = hashlib.blake2b(device.encode(), digest_size=8, key=salt.encode()[:64]).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def is_member(place: float, cohort: Cohort) -> bool:
    """Say whether a device at ``place`` belongs to the cohort."""
    return cohort.low <= place < cohort.high


def draw_cohorts(
    rings: Sequence[Ring], places: Iterable[float], *, salt: str
) -> tuple[Cohort, ...]:
    """Return one cohort per ring, each beginning where the one before it ends.

    ``places`` are the positions of today's fleet under ``salt``, to turn a count of devices into a
    range; the range then stays as it is for the whole rollout.

    Raises:
        UsageFault: a ring would be empty, because the ones before it reach as far.
    """
    known = list(places)
    cohorts, low = [], 0.0
    for ring in rings:
        high = _upper_end(ring, known)
        if not any(low <= place < high for place in known):
            raise UsageFault(
                f"ring {ring.name} is empty: of {len(known):,} devices, none is between the rings"
                f" before it (up to {low:.2%} of the fleet) and its own end ({high:.2%})",
                hint="shares are cumulative; give the ring a larger share or more devices",
            )
        cohorts.append(Cohort(salt=salt, low=low, high=high))
        low = high
    return tuple(cohorts)


def _upper_end(ring: Ring, places: Sequence[float]) -> float:
    match ring.size:
        case Share(share=share):
            return share
        case Count(devices=devices):
            first = heapq.nsmallest(devices + 1, places)
            return first[devices] if len(first) > devices else 1.0
