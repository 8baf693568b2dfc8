"""Device counts: what a ring's devices did with one build, counted in devices, never in events.

A device that crashes forty times is one failed device: counted by event, one crash loop in 2,000
devices halts a third of all good releases.
"""

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCounts:
    """How far the devices of one ring came with one build, as far as a server can see.

    ``offered`` devices took the offer, and each of them is in exactly one of ``booted_confirmed``,
    ``reverted``, ``failed``, ``silent_past_deadline`` and ``pending``. ``updated`` ones of them
    reported the image written; that is progress, not success. ``excluded`` ones belong to the ring
    and get no offer. ``device_hours`` is the time that confirmed devices lived with the build.
    """

    targeted: int
    offered: int = 0
    updated: int = 0
    booted_confirmed: int = 0
    reverted: int = 0
    failed: int = 0
    silent_past_deadline: int = 0
    pending: int = 0
    excluded: int = 0
    device_hours: float = 0.0
    critical: tuple[tuple[str, int], ...] = ()

    @property
    def bad(self) -> int:
        """Devices that reverted, failed, or fell silent past their deadline."""
        return self.reverted + self.failed + self.silent_past_deadline

    @property
    def in_flight(self) -> int:
        """Devices that took the offer and have not yet said that they wrote the image."""
        return max(0, self.offered - self.updated)


def find_contradiction(counts: DeviceCounts) -> str | None:
    """Return what makes these counts impossible, or None; impossible counts prove nothing."""
    numbers = dataclasses.asdict(counts)
    del numbers["critical"]
    for name, number in numbers.items():
        if not 0 <= number < float("inf"):
            return f"{name} is {number}"
    parts = counts.booted_confirmed + counts.bad + counts.pending
    if parts != counts.offered:
        return (
            f"{parts:,} devices have an outcome or are pending, but {counts.offered:,} were offered"
        )
    if counts.offered > counts.targeted:
        return (
            f"{counts.offered:,} devices were offered, but {counts.targeted:,} belong to the ring"
        )
    if counts.updated > counts.offered:
        return f"{counts.updated:,} devices updated, but {counts.offered:,} were offered"
    return None


def describe_bad(counts: DeviceCounts) -> str:
    """Return the failures by kind, as in "20 silent, 7 reverted"; empty when there are none."""
    kinds = (
        ("silent", counts.silent_past_deadline),
        ("reverted", counts.reverted),
        ("failed", counts.failed),
    )
    return ", ".join(f"{number:,} {kind}" for kind, number in kinds if number)
