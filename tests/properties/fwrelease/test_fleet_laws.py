"""Laws of the simulated fleet: time may pass in any steps, and rates come out as they are given."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from fwrelease.fleet.chance import uniforms
from fwrelease.fleet.simulated import SimulatedFleet, new_fleet
from fwrelease.fleet.world import Stratum, Truth, World
from fwrelease.rollout.cohort import Cohort
from fwrelease.rollout.decision import Facts
from fwrelease.rollout.offer import Offer, Watch

EVERYBODY = Cohort(salt="s", low=0.0, high=1.0)
HALF = Cohort(salt="s", low=0.0, high=0.5)


def a_fleet(*, devices: int, seed: int, truth: Truth) -> SimulatedFleet:
    return new_fleet(
        World(
            devices=devices,
            seed=seed,
            starts=datetime(2026, 1, 5, tzinfo=UTC),
            baseline="0.9.0",
            strata=(
                Stratum(board="nano-v2", revision="a", share=0.5),
                Stratum(board="nano-v2", revision="b", share=0.5),
            ),
            builds={"1.0.0": truth},
        )
    )


def observe(fleet: SimulatedFleet) -> Facts:
    return fleet.observe(
        Watch(
            version="1.0.0",
            cohorts={"half": HALF, "all": EVERYBODY},
            silence_after=timedelta(hours=48),
        )
    )


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    cuts=st.lists(st.integers(1, 71), max_size=30, unique=True).map(sorted),
    withdrawn=st.integers(1, 72),
)
def test_the_size_of_the_steps_does_not_matter(seed: int, cuts: list[int], withdrawn: int) -> None:
    truth = Truth(silent=0.1, revert=0.1, crash=0.1)
    at_once, in_steps = (a_fleet(devices=80, seed=seed, truth=truth) for _ in range(2))
    for fleet in (at_once, in_steps):
        fleet.offer([Offer(version="1.0.0", cohort=EVERYBODY)])
    at_once.advance(timedelta(hours=72))
    for start, end in zip([0, *cuts], [*cuts, 72], strict=True):
        in_steps.advance(timedelta(hours=end - start))
    assert observe(in_steps) == observe(at_once)
    for fleet in (at_once, in_steps):
        fleet.offer([Offer(version="1.0.0", cohort=HALF)])
    at_once.advance(timedelta(hours=withdrawn))
    for _ in range(withdrawn):
        in_steps.advance(timedelta(hours=1))
    assert observe(in_steps) == observe(at_once)
    assert in_steps.census() == at_once.census()


def test_a_build_breaks_devices_at_the_rates_it_is_given() -> None:
    fleet = a_fleet(devices=20_000, seed=3, truth=Truth(silent=0.02, revert=0.01, crash=0.005))
    fleet.offer([Offer(version="1.0.0", cohort=EVERYBODY)])
    fleet.advance(timedelta(days=10))
    counts = observe(fleet).counts["all"]
    for seen, rate in (
        (counts.silent_past_deadline, 0.02),
        (counts.reverted, 0.01),
        (counts.failed, 0.005),
    ):
        assert 1e-4 < binom.cdf(seen, 20_000, rate) < 1 - 1e-4
    assert counts.pending == 0


def test_a_silent_device_stays_silent_when_its_build_is_taken_back() -> None:
    fleet = a_fleet(devices=2_000, seed=3, truth=Truth(silent=0.1, revert=0, crash=0))
    fleet.offer([Offer(version="1.0.0", cohort=EVERYBODY)])
    fleet.advance(timedelta(days=10))
    silent = observe(fleet).counts["all"].silent_past_deadline
    fleet.offer([])
    fleet.advance(timedelta(days=10))
    census = fleet.census()
    assert silent > 100
    assert census.silent >= silent
    assert observe(fleet).still_on_build == 0


def test_the_numbers_of_chance_are_even_and_do_not_repeat() -> None:
    devices = np.arange(20_000, dtype=np.int64)
    first = uniforms(devices, seed=7, purpose="poll")
    second = uniforms(devices, seed=7, purpose="boot")
    assert kstest(first, "uniform").pvalue > 1e-3
    assert abs(float(np.corrcoef(first, second)[0, 1])) < 0.03
    assert abs(float(np.corrcoef(first[1:], first[:-1])[0, 1])) < 0.03
    assert first[0] == pytest.approx(uniforms(devices[:1], seed=7, purpose="poll")[0])
