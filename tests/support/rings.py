"""Builders for rings, plans and counts: a test names only what it is about."""

from dataclasses import replace

from fwrelease.health.counts import DeviceCounts


def counts_of(
    *,
    confirmed: int = 0,
    silent: int = 0,
    reverted: int = 0,
    failed: int = 0,
    pending: int = 0,
    targeted: int | None = None,
    device_hours: float = 1e9,
) -> DeviceCounts:
    """Return consistent counts; by default every device of the ring was offered and soaked long."""
    offered = confirmed + silent + reverted + failed + pending
    return DeviceCounts(
        targeted=offered if targeted is None else targeted,
        offered=offered,
        updated=offered - pending,
        booted_confirmed=confirmed,
        reverted=reverted,
        failed=failed,
        silent_past_deadline=silent,
        pending=pending,
        device_hours=device_hours,
    )


def shifted(counts: DeviceCounts, *, source: str, target: str) -> DeviceCounts:
    """Return ``counts`` with one device moved from one outcome to another."""
    moved = {source: getattr(counts, source) - 1, target: getattr(counts, target) + 1}
    return replace(counts, **moved)
