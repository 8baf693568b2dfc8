"""Laws of rings: membership is stable and nested, order holds, doubt never advances."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from fwrelease.errors import UsageFault
from fwrelease.health.counts import DeviceCounts
from fwrelease.rollout.cohort import draw_cohorts, is_member, position
from fwrelease.rollout.decision import Advance, Decision, Halt, Hold, OpenRing, Wait, decide, step
from fwrelease.rollout.ring import Count, Ring, Share
from fwrelease.rollout.state import (
    TRANSITIONS,
    RingEvent,
    RingState,
    follow,
    next_ring,
    open_ring,
    plan_rollout,
)
from tests.support.rings import (
    NOON,
    a_rate_ring,
    a_rollout,
    counts_of,
    facts_of,
    shifted,
    small_plan,
)

LAWS = settings(max_examples=200, deadline=None)
DEVICES = [f"device-{number}" for number in range(3000)]
PLACES = sorted(position(device, salt="test") for device in DEVICES)
states = st.sampled_from(RingState)


def counts() -> st.SearchStrategy[DeviceCounts]:
    few = st.integers(0, 6)
    return st.builds(
        counts_of,
        confirmed=st.integers(0, 700),
        silent=few,
        reverted=few,
        failed=few,
        pending=few,
        device_hours=st.floats(0, 3000),
    )


def ring_with(share: float) -> Ring:
    return a_rate_ring("some", share=share)


def badness(decision: Decision) -> int:
    return [Advance, Hold, Halt].index(type(decision))


def members(rings: tuple[Ring, ...], devices: list[str]) -> list[set[str]]:
    places = {device: position(device, salt="test") for device in devices}
    cohorts = draw_cohorts(rings, places.values(), salt="test")
    return [
        {device for device, place in places.items() if is_member(place, cohort)}
        for cohort in cohorts
    ]


@LAWS
@given(device=st.text(), salt=st.text())
def test_a_device_keeps_its_place(device: str, salt: str) -> None:
    assert position(device, salt=salt) == position(device, salt=salt)
    assert 0 <= position(device, salt=salt) < 1


def test_the_place_of_a_device_is_part_of_the_contract() -> None:
    assert position("device-1", salt="rings-1") == pytest.approx(0.5369741546243978, abs=1e-12)


@LAWS
@given(small=st.floats(0.01, 0.5), more=st.floats(0.01, 0.5))
def test_a_larger_ring_keeps_every_device_of_the_smaller(small: float, more: float) -> None:
    (few,) = members((ring_with(small),), DEVICES[:500])
    (many,) = members((ring_with(small + more),), DEVICES[:500])
    assert few <= many


@LAWS
@given(share=st.floats(0.05, 0.9))
def test_a_growing_fleet_only_adds_devices_to_a_ring(share: float) -> None:
    (before,) = members((ring_with(share),), DEVICES[:400])
    (after,) = members((ring_with(share),), DEVICES[:600])
    assert before == after & set(DEVICES[:400])


@LAWS
@given(share=st.floats(0.02, 0.98), salt=st.integers(0, 10**6))
def test_the_size_of_a_ring_is_a_fair_draw(share: float, salt: int) -> None:
    drawn = sum(position(device, salt=str(salt)) < share for device in DEVICES)
    assert 1e-9 < binom.cdf(drawn, len(DEVICES), share) < 1 - 1e-9


@LAWS
@given(first=st.integers(1, 50), second=st.integers(1, 50))
def test_rings_by_count_have_so_many_devices_and_share_none(first: int, second: int) -> None:
    rings = (
        replace(ring_with(1), size=Count(devices=first)),
        replace(ring_with(1), size=Count(devices=first + second)),
        replace(ring_with(1), size=Share(share=1.0)),
    )
    drawn = members(rings, DEVICES[:200])
    assert [len(ring) for ring in drawn] == [first, second, 200 - first - second]
    assert set.union(*drawn) == set(DEVICES[:200])


def test_a_ring_that_would_be_empty_is_refused() -> None:
    rings = (replace(ring_with(1), size=Count(devices=50)), ring_with(0.01))
    with pytest.raises(UsageFault, match="ring some is empty"):
        draw_cohorts(rings, PLACES, salt="test")


@LAWS
@given(state=states, event=st.sampled_from(RingEvent))
def test_an_event_the_table_does_not_know_is_an_error(state: RingState, event: RingEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert follow(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(UsageFault):
            follow(state, event)


@LAWS
@given(now=st.tuples(states, states, states), ring=st.sampled_from(["lab", "canary", "broad"]))
def test_a_ring_never_opens_before_those_before_it_passed(
    now: tuple[RingState, ...], ring: str
) -> None:
    rollout = a_rollout(*now)
    place = ["lab", "canary", "broad"].index(ring)
    allowed = now[place] is RingState.PLANNED and set(now[:place]) <= {RingState.PASSED}
    assert (next_ring(rollout) == ring) == allowed
    if not allowed:
        with pytest.raises(UsageFault):
            open_ring(rollout, ring, at=NOON)


@LAWS
@given(lab=counts(), canary=counts(), hours=st.floats(0, 1000))
def test_a_step_opens_a_ring_only_after_all_before_it_passed(
    lab: DeviceCounts, canary: DeviceCounts, hours: float
) -> None:
    rolling = a_rollout(RingState.PASSED, RingState.ROLLING, RingState.PLANNED)
    now = NOON + timedelta(hours=hours)
    done = step(small_plan(), rolling, facts_of(lab=lab, canary=canary), now)
    for action in done.actions:
        if isinstance(action, OpenRing):
            assert action.ring == "broad"
            assert done.rollout.rings[1].state is RingState.PASSED


@LAWS
@given(hours=st.floats(0, 10_000))
def test_without_data_no_ring_ever_advances(hours: float) -> None:
    opened = open_ring(plan_rollout("1.2.0", small_plan()), "lab", at=NOON)
    for facts in (facts_of(), facts_of(lab=counts_of(targeted=10))):
        done = step(small_plan(), opened, facts, NOON + timedelta(hours=hours))
        assert done.actions == ()
        assert done.rollout.rings[0].state is not RingState.PASSED


@LAWS
@given(
    counted=counts(),
    ring=st.sampled_from(small_plan().rings),
    bad=st.sampled_from(["reverted", "failed", "silent_past_deadline"]),
    hours=st.floats(0, 1000),
    part=st.floats(0, 1),
)
def test_worse_news_never_improves_a_decision(
    counted: DeviceCounts, ring: Ring, bad: str, hours: float, part: float
) -> None:
    def badness_of(some: DeviceCounts | None) -> int:
        open_for = timedelta(hours=hours)
        return badness(decide(ring, some, alpha=0.01, open_for=open_for, plan=small_plan()))

    before = badness_of(counted)
    assert badness_of(replace(counted, device_hours=counted.device_hours * part)) >= before
    assert badness_of(None) >= min(before, badness(Hold(says="", wait=Wait.NO_DATA)))
    for source in ("booted_confirmed", "pending"):
        if getattr(counted, source):
            assert badness_of(shifted(counted, source=source, target=bad)) >= before
    if counted.booted_confirmed:
        unheard = shifted(counted, source="booted_confirmed", target="pending")
        assert badness_of(unheard) >= before


@LAWS
@given(lab=counts(), canary=counts(), hours=st.floats(0, 1000))
def test_a_second_step_on_the_same_facts_changes_nothing(
    lab: DeviceCounts, canary: DeviceCounts, hours: float
) -> None:
    facts = facts_of(lab=lab, canary=canary, still_on_build=1)
    now = NOON + timedelta(hours=hours)
    rolling = a_rollout(RingState.PASSED, RingState.ROLLING, RingState.PLANNED)
    once = step(small_plan(), rolling, facts, now)
    assert step(small_plan(), once.rollout, facts, now).rollout == once.rollout
