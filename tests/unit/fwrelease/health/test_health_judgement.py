"""The judgement of one ring, by example; its laws are among the properties."""

import pytest

from fwrelease.health.bound import zero_event_bound
from fwrelease.health.counts import DeviceCounts
from fwrelease.health.criterion import NoCriticalEvent, RateBelow
from fwrelease.health.judgement import Fail, Inconclusive, Lack, Pass, SourceError, judge
from tests.support.rings import counts_of

LAB = NoCriticalEvent(min_devices=10, min_device_hours=100)
CANARY = RateBelow(baseline_rate=0.001, margin_rate=0.016, min_devices=900, min_device_hours=10_000)
ALPHA = 0.0125


def test_ten_devices_without_an_event_pass_and_say_how_little_that_proves() -> None:
    judged = judge(counts_of(confirmed=10, device_hours=240), LAB, alpha=ALPHA)
    assert judged == Pass(
        says="no critical event in 10 devices and 240 device-hours;"
        " that proves a rate below 25.9% (95 %)"
    )


def test_one_silent_device_fails_a_ring_that_allows_none() -> None:
    judged = judge(counts_of(confirmed=9, silent=1), LAB, alpha=ALPHA)
    assert judged == Fail(says="1 of 10 devices failed (1 silent): this ring allows none")


def test_a_device_that_has_not_confirmed_its_boot_keeps_a_small_ring_waiting() -> None:
    judged = judge(counts_of(confirmed=10, pending=1), LAB, alpha=ALPHA)
    assert judged == Inconclusive(
        says="1 devices took the build and have not confirmed a boot: about 1 more device reports",
        lacks=Lack.REPORTS,
        more_reports=1,
    )


def test_a_ring_that_has_not_lived_long_enough_waits_for_exposure() -> None:
    judged = judge(counts_of(confirmed=10, device_hours=99), LAB, alpha=ALPHA)
    assert judged == Inconclusive(
        says="99 of 100 device-hours on the build", lacks=Lack.EXPOSURE, more_reports=0
    )


def test_a_good_canary_passes_with_its_numbers() -> None:
    judged = judge(counts_of(confirmed=989, reverted=1, device_hours=12_000), CANARY, alpha=ALPHA)
    assert judged == Pass(
        says="1 of 990 devices failed, 0 pending: at most 1.16%, below 1.70%,"
        " after 12,000 device-hours"
    )


def test_silent_devices_halt_a_canary() -> None:
    judged = judge(counts_of(confirmed=970, silent=18, reverted=2), CANARY, alpha=ALPHA)
    assert judged == Fail(
        says="20 of 990 devices failed (18 silent, 2 reverted): evidence 10^17 against a baseline"
        " of 0.10%, the limit is 80"
    )


def test_pending_devices_count_as_bad_when_a_pass_is_asked_for() -> None:
    judged = judge(counts_of(confirmed=960, pending=30), CANARY, alpha=ALPHA)
    assert judged == Inconclusive(
        says="0 of 990 devices failed, 30 pending: at most 5.74%, not yet below 1.70%:"
        " about 30 more device reports",
        lacks=Lack.REPORTS,
        more_reports=30,
    )


def test_pending_devices_that_would_halt_the_ring_keep_it_from_passing() -> None:
    wide = RateBelow(baseline_rate=0.001, margin_rate=0.2, min_devices=1, min_device_hours=0)
    assert isinstance(judge(counts_of(confirmed=984, silent=6), wide, alpha=ALPHA), Fail)
    judged = judge(counts_of(confirmed=984, silent=5, pending=1), wide, alpha=ALPHA)
    assert isinstance(judged, Inconclusive)
    assert judged.lacks is Lack.REPORTS


def test_a_ring_too_small_for_its_margin_says_how_many_reports_are_missing() -> None:
    tight = RateBelow(baseline_rate=0.001, margin_rate=0.002, min_devices=1, min_device_hours=0)
    judged = judge(counts_of(confirmed=990), tight, alpha=ALPHA)
    assert isinstance(judged, Inconclusive)
    assert 7_000 < judged.more_reports < 9_000
    assert f"about {judged.more_reports:,} more device reports" in judged.says


def test_a_ring_without_a_measurement_is_an_error_and_no_pass() -> None:
    assert judge(None, LAB, alpha=ALPHA) == SourceError(
        says="no measurement: the fleet said nothing of this ring"
    )


@pytest.mark.parametrize(
    "counts",
    [
        counts_of(confirmed=10, targeted=9),
        counts_of(confirmed=10, device_hours=float("nan")),
        counts_of(confirmed=11, pending=-1),
    ],
)
def test_counts_that_contradict_themselves_are_an_error_and_no_pass(counts: DeviceCounts) -> None:
    judged = judge(counts, LAB, alpha=ALPHA)
    assert isinstance(judged, SourceError)


@pytest.mark.parametrize(("devices", "bound"), [(10, 0.259), (300, 0.00994), (0, 1.0)])
def test_the_bound_of_zero_events_is_the_exact_one(devices: int, bound: float) -> None:
    assert zero_event_bound(devices) == pytest.approx(bound, rel=2e-3)
