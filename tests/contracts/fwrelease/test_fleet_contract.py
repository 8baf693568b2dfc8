"""What every fleet promises to those who roll out to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from fwrelease.fleet.simulated import new_fleet
from fwrelease.fleet.world import Stratum, Truth, World
from fwrelease.health.counts import DeviceCounts, find_contradiction
from fwrelease.interfaces import Fleet
from fwrelease.rollout.cohort import Cohort, is_member
from fwrelease.rollout.offer import Offer, Watch
from tests.support.fleets import TinyFleet

SALT, DAY = "contract", timedelta(days=1)
SMALL = Cohort(salt=SALT, low=0.0, high=0.4)
REST = Cohort(salt=SALT, low=0.4, high=1.0)


class DrivenFleet(Fleet, Protocol):
    """A fleet whose time the test can move."""

    def advance(self, duration: timedelta) -> None: ...


def simulated() -> DrivenFleet:
    faultless = Truth(silent=0, revert=0, crash=0)
    return new_fleet(
        World(
            devices=300,
            seed=5,
            starts=datetime(2026, 1, 5, tzinfo=UTC),
            baseline="0.9.0",
            strata=(Stratum(board="nano-v2", revision="b", share=1.0),),
            background=faultless,
            builds={"9.9.9": Truth(silent=0.2, revert=0, crash=0)},
        )
    )


def tiny() -> DrivenFleet:
    return TinyFleet()


@pytest.fixture(params=[simulated, tiny])
def fleet(request: pytest.FixtureRequest) -> DrivenFleet:
    make: Callable[[], DrivenFleet] = request.param
    return make()


def offer(version: str, cohort: Cohort) -> Offer:
    return Offer(version=version, cohort=cohort)


def see(fleet: Fleet, version: str) -> tuple[DeviceCounts, DeviceCounts, int]:
    """Return the counts of both rings and the number of devices that hold the version."""
    facts = fleet.observe(
        Watch(
            version=version,
            cohorts={"small": SMALL, "rest": REST},
            silence_after=timedelta(hours=48),
        )
    )
    return facts.counts["small"], facts.counts["rest"], facts.still_on_build


def test_every_device_has_one_place_that_stays(fleet: DrivenFleet) -> None:
    places = list(fleet.places(SALT))
    assert len(places) == fleet.census().devices
    assert all(0 <= place < 1 for place in places)
    assert list(fleet.places(SALT)) == places
    assert list(fleet.places("other")) != places


def test_what_nobody_was_offered_nobody_has(fleet: DrivenFleet) -> None:
    fleet.advance(DAY)
    small, rest, holders = see(fleet, "1.0.0")
    assert (small.offered, rest.offered, holders) == (0, 0, 0)
    assert small.targeted == sum(is_member(place, SMALL) for place in fleet.places(SALT))


def test_an_offer_reaches_the_devices_of_its_cohort_and_no_other(fleet: DrivenFleet) -> None:
    fleet.offer([offer("1.0.0", SMALL)])
    fleet.advance(4 * DAY)
    small, rest, holders = see(fleet, "1.0.0")
    assert small.booted_confirmed == small.targeted == holders
    assert rest.offered == 0


def test_the_same_offers_twice_are_once(fleet: DrivenFleet) -> None:
    for _ in range(2):
        fleet.offer([offer("1.0.0", SMALL)])
        fleet.advance(4 * DAY)
    small, _, _ = see(fleet, "1.0.0")
    assert small.booted_confirmed == small.targeted
    assert small.device_hours > 4 * 24 * small.targeted


def test_of_two_offers_to_one_device_the_later_counts(fleet: DrivenFleet) -> None:
    fleet.offer([offer("1.0.0", SMALL), offer("1.0.0", REST), offer("1.1.0", SMALL)])
    fleet.advance(4 * DAY)
    small, rest, _ = see(fleet, "1.1.0")
    assert (small.booted_confirmed, rest.offered) == (small.targeted, 0)
    assert see(fleet, "1.0.0")[1].booted_confirmed == rest.targeted


def test_withdrawn_devices_go_back_to_what_is_offered_beneath(fleet: DrivenFleet) -> None:
    base = [offer("1.0.0", SMALL), offer("1.0.0", REST)]
    fleet.offer([*base, offer("1.1.0", SMALL)])
    fleet.advance(4 * DAY)
    fleet.offer(base)
    fleet.advance(4 * DAY)
    assert see(fleet, "1.1.0")[2] == 0
    assert see(fleet, "1.0.0")[2] == fleet.census().devices


def test_without_any_offer_devices_go_back_to_the_baseline(fleet: DrivenFleet) -> None:
    fleet.offer([offer("1.0.0", SMALL)])
    fleet.advance(4 * DAY)
    fleet.offer([])
    fleet.advance(4 * DAY)
    assert dict(fleet.census().running) == {"0.9.0": fleet.census().devices}


def test_only_time_that_passes_moves_devices_and_clock(fleet: DrivenFleet) -> None:
    before = fleet.now()
    fleet.offer([offer("1.0.0", SMALL)])
    assert see(fleet, "1.0.0")[0].offered == 0
    assert fleet.now() == before
    fleet.advance(DAY)
    assert fleet.now() == before + DAY


@pytest.mark.parametrize(
    "silent_fleet", [simulated(), TinyFleet(broken=frozenset(range(40)))], ids=["simulated", "tiny"]
)
def test_a_device_that_never_answers_is_pending_and_then_silent(silent_fleet: DrivenFleet) -> None:
    silent_fleet.offer([offer("9.9.9", SMALL)])
    silent_fleet.advance(DAY)
    soon, _, _ = see(silent_fleet, "9.9.9")
    silent_fleet.advance(5 * DAY)
    later, _, _ = see(silent_fleet, "9.9.9")
    assert soon.pending > 0
    assert soon.silent_past_deadline == 0
    assert later.pending == 0
    assert later.silent_past_deadline > 0


def test_counts_never_contradict_themselves(fleet: DrivenFleet) -> None:
    fleet.offer([offer("9.9.9", SMALL)])
    for _ in range(20):
        fleet.advance(timedelta(hours=5))
        for counts in see(fleet, "9.9.9")[:2]:
            assert find_contradiction(counts) is None
