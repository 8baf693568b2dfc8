"""One step of a rollout, by example."""

from datetime import timedelta

import pytest

from fwrelease.errors import UsageFault
from fwrelease.rollout.decision import OpenRing, TakeBack, step, supersede
from fwrelease.rollout.state import Phase, RingState, open_ring, plan_rollout
from tests.support.rings import NOON, a_rollout, counts_of, facts_of, small_plan

PLANNED, ROLLING, SOAKING = RingState.PLANNED, RingState.ROLLING, RingState.SOAKING
HELD, PASSED, HALTED = RingState.HELD, RingState.PASSED, RingState.HALTED
LATER = NOON + timedelta(hours=30)
GOOD_LAB = counts_of(confirmed=10)
GOOD_CANARY = counts_of(confirmed=290)


def test_a_ring_that_passed_asks_for_the_next_one() -> None:
    done = step(small_plan(), a_rollout(ROLLING, PLANNED, PLANNED), facts_of(lab=GOOD_LAB), LATER)
    assert done.actions == (OpenRing(ring="canary"),)
    assert done.rollout.rings[0].state is PASSED


def test_the_next_ring_is_asked_for_again_while_its_gate_refuses() -> None:
    waiting = a_rollout(PASSED, PLANNED, PLANNED)
    done = step(small_plan(), waiting, facts_of(lab=GOOD_LAB), LATER)
    assert done.actions == (OpenRing(ring="canary"),)
    assert done.rollout == waiting


def test_a_failure_in_a_ring_that_passed_long_ago_halts_all_rings() -> None:
    done = step(
        small_plan(),
        a_rollout(PASSED, ROLLING, PLANNED),
        facts_of(lab=counts_of(confirmed=9, silent=1), canary=GOOD_CANARY),
        LATER,
    )
    says = "ring lab: 1 of 10 devices failed (1 silent): this ring allows none"
    assert done.actions == (TakeBack(says=says),)
    assert {ring.state for ring in done.rollout.rings} == {HALTED}
    assert {ring.says for ring in done.rollout.rings} == {says}


def test_a_ring_the_fleet_says_nothing_of_is_held() -> None:
    done = step(small_plan(), a_rollout(ROLLING, PLANNED, PLANNED), facts_of(), LATER)
    assert done.rollout.phase is Phase.HELD
    assert done.actions == ()


def test_a_ring_that_lived_too_short_soaks() -> None:
    short = facts_of(lab=counts_of(confirmed=10, device_hours=20))
    done = step(small_plan(), a_rollout(ROLLING, PLANNED, PLANNED), short, LATER)
    assert done.rollout.rings[0].state is SOAKING


def test_a_held_ring_goes_on_when_its_data_comes_back() -> None:
    back = facts_of(lab=counts_of(confirmed=3, targeted=10))
    done = step(small_plan(), a_rollout(HELD, PLANNED, PLANNED), back, LATER)
    assert done.rollout.phase is Phase.GOING


def test_a_ring_where_all_reported_and_nothing_is_proven_is_held_for_a_person() -> None:
    doubt = counts_of(confirmed=281, reverted=6)
    done = step(
        small_plan(),
        a_rollout(PASSED, ROLLING, PLANNED),
        facts_of(lab=GOOD_LAB, canary=doubt),
        LATER,
    )
    assert done.rollout.rings[1].state is HELD
    assert "all 287 devices of the ring have reported" in done.rollout.rings[1].says


def test_a_ring_undecided_for_too_long_is_held() -> None:
    slow = facts_of(lab=counts_of(confirmed=3, targeted=10))
    plan = small_plan(held_after=timedelta(hours=24))
    done = step(plan, a_rollout(ROLLING, PLANNED, PLANNED), slow, LATER)
    assert done.rollout.phase is Phase.HELD
    assert "undecided after 30 h" in done.rollout.rings[0].says


def test_a_ring_where_nothing_booted_past_the_silence_deadline_is_held() -> None:
    nothing = facts_of(lab=counts_of(targeted=10))
    late = NOON + timedelta(hours=49)
    done = step(small_plan(), a_rollout(ROLLING, PLANNED, PLANNED), nothing, late)
    assert done.rollout.phase is Phase.HELD


def test_a_halted_rollout_is_taken_back_when_no_device_that_answers_has_the_build() -> None:
    halted = a_rollout(HALTED, HALTED, HALTED)
    assert step(small_plan(), halted, facts_of(still_on_build=3), LATER).rollout == halted
    assert step(small_plan(), halted, facts_of(), LATER).rollout.phase is Phase.TAKEN_BACK


def test_a_complete_rollout_is_left_alone() -> None:
    complete = a_rollout(PASSED, PASSED, PASSED)
    done = step(small_plan(), complete, facts_of(lab=counts_of(silent=10)), LATER)
    assert (done.rollout, done.actions, done.records) == (complete, (), ())


def test_a_newer_rollout_supersedes_every_ring() -> None:
    old = supersede(a_rollout(PASSED, PASSED, PASSED, says="fine"), by="1.3.0")
    assert old.phase is Phase.SUPERSEDED
    assert old.rings[0].says == "superseded by 1.3.0; fine"


def test_a_ring_out_of_order_is_refused_and_names_the_ring_before_it() -> None:
    with pytest.raises(UsageFault) as caught:
        open_ring(a_rollout(ROLLING, PLANNED, PLANNED), "canary", at=NOON)
    assert caught.value.message == (
        "ring canary cannot open for 1.2.0: ring lab before it is rolling"
    )


def test_a_ring_that_is_open_cannot_open_again() -> None:
    with pytest.raises(UsageFault, match="a ring that is rolling cannot open"):
        open_ring(a_rollout(ROLLING, PLANNED, PLANNED), "lab", at=NOON)


def test_a_ring_the_plan_does_not_know_is_refused_with_those_it_knows() -> None:
    with pytest.raises(UsageFault) as caught:
        open_ring(plan_rollout("1.2.0", small_plan()), "moon", at=NOON)
    assert caught.value.hint == "its rings are lab, canary, broad"
