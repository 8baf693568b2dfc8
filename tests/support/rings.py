"""Builders for rings, plans and counts: a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fwrelease.health.counts import DeviceCounts
from fwrelease.health.criterion import NoCriticalEvent, RateBelow
from fwrelease.rollout.decision import Facts
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.ring import Count, Ring, Share
from fwrelease.rollout.state import RingState, RingStatus, Rollout


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


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def small_plan(*, held_after: timedelta = timedelta(days=14)) -> Plan:
    """Return a plan of lab, canary and broad rings for about a thousand devices."""
    return Plan(
        alpha=0.05,
        salt="test",
        silence_after=timedelta(hours=48),
        held_after=held_after,
        rings=(
            Ring(
                name="lab",
                size=Count(devices=10),
                criterion=NoCriticalEvent(min_devices=8, min_device_hours=100),
            ),
            a_rate_ring("canary", share=0.3),
            a_rate_ring("broad", share=1.0),
        ),
    )


def a_rate_ring(name: str, *, share: float) -> Ring:
    """Return a ring that must be proven below 5 %."""
    rule = RateBelow(baseline_rate=0.005, margin_rate=0.045, min_devices=200, min_device_hours=1000)
    return Ring(name=name, size=Share(share=share), criterion=rule)


def a_rollout(*states: RingState, version: str = "1.2.0", says: str = "") -> Rollout:
    """Return a rollout over ``small_plan`` whose rings are in these states."""
    names = [ring.name for ring in small_plan().rings]
    rings = tuple(
        RingStatus(
            name=name,
            state=state,
            opened_at=None if state is RingState.PLANNED else NOON,
            says=says,
        )
        for name, state in zip(names, states, strict=True)
    )
    return Rollout(version=version, rings=rings)


def facts_of(*, still_on_build: int = 0, **counts: DeviceCounts) -> Facts:
    """Return what the fleet said of the named rings."""
    return Facts(counts=counts, still_on_build=still_on_build)
