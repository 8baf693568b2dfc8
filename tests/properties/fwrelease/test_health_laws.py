"""Laws of judging a ring: doubt never passes, worse never looks better, looking is free."""

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom

from fwrelease.health.bound import anytime_upper_bound
from fwrelease.health.counts import DeviceCounts
from fwrelease.health.criterion import Criterion, NoCriticalEvent, RateBelow
from fwrelease.health.eprocess import log_evidence, log_threshold
from fwrelease.health.judgement import Fail, Inconclusive, Judgement, Pass, SourceError, judge
from tests.support.rings import counts_of, shifted

LAWS = settings(max_examples=200, deadline=None)
ALPHA = 0.05
BAD = ("reverted", "failed", "silent_past_deadline")


def criteria() -> st.SearchStrategy[Criterion]:
    devices, hours = st.integers(0, 300), st.floats(0, 1e4)
    return st.one_of(
        st.builds(NoCriticalEvent, min_devices=devices, min_device_hours=hours),
        st.builds(
            RateBelow,
            baseline_rate=st.floats(1e-4, 0.05),
            margin_rate=st.floats(1e-3, 0.2),
            min_devices=devices,
            min_device_hours=hours,
        ),
    )


def measurements() -> st.SearchStrategy[DeviceCounts]:
    few = st.integers(0, 8)
    return st.builds(
        counts_of,
        confirmed=st.integers(0, 2000),
        silent=few,
        reverted=few,
        failed=few,
        pending=few,
        device_hours=st.floats(0, 2e4),
    )


def badness(judgement: Judgement) -> int:
    match judgement:
        case Pass():
            return 0
        case Inconclusive() | SourceError():
            return 1
        case Fail():
            return 2


@LAWS
@given(criterion=criteria(), targeted=st.integers(0, 10**6), hours=st.floats(0, 1e9))
def test_no_data_never_passes(criterion: Criterion, targeted: int, hours: float) -> None:
    nothing = counts_of(targeted=targeted, device_hours=hours)
    assert not isinstance(judge(nothing, criterion, alpha=ALPHA), Pass)
    assert isinstance(judge(None, criterion, alpha=ALPHA), SourceError)


@LAWS
@given(counts=measurements(), criterion=criteria(), bad=st.sampled_from(BAD))
def test_one_more_failure_never_improves_a_judgement(
    counts: DeviceCounts, criterion: Criterion, bad: str
) -> None:
    before = badness(judge(counts, criterion, alpha=ALPHA))
    for source in ("booted_confirmed", "pending"):
        if getattr(counts, source):
            worse = shifted(counts, source=source, target=bad)
            assert badness(judge(worse, criterion, alpha=ALPHA)) >= before


@LAWS
@given(counts=measurements(), criterion=criteria(), bad=st.sampled_from(BAD))
def test_a_missing_report_never_turns_anything_into_a_pass(
    counts: DeviceCounts, criterion: Criterion, bad: str
) -> None:
    assume(not isinstance(judge(counts, criterion, alpha=ALPHA), Pass))
    for source in ("booted_confirmed", bad):
        if getattr(counts, source):
            unheard = shifted(counts, source=source, target="pending")
            assert not isinstance(judge(unheard, criterion, alpha=ALPHA), Pass)


@LAWS
@given(counts=measurements(), criterion=criteria(), part=st.floats(0, 1))
def test_shorter_exposure_never_improves_a_judgement(
    counts: DeviceCounts, criterion: Criterion, part: float
) -> None:
    shorter = counts_of(
        confirmed=counts.booted_confirmed,
        silent=counts.silent_past_deadline,
        reverted=counts.reverted,
        failed=counts.failed,
        pending=counts.pending,
        device_hours=counts.device_hours * part,
    )
    assert badness(judge(shorter, criterion, alpha=ALPHA)) >= badness(
        judge(counts, criterion, alpha=ALPHA)
    )


@pytest.mark.parametrize("baseline", [0.001, 0.01, 0.1])
@pytest.mark.parametrize(("failed", "devices"), [(0, 1), (1, 3), (2, 40), (7, 300), (30, 900)])
def test_the_evidence_agrees_with_integrating_the_mixture_directly(
    baseline: float, failed: int, devices: int
) -> None:
    a, b = 0.5, 0.5 / (3 * baseline)

    def prior(rate: float) -> float:
        return math.exp((a - 1) * math.log(rate) + (b - 1) * math.log1p(-rate))

    def weighed(rate: float) -> float:
        ratio = failed * math.log(rate / baseline)
        ratio += (devices - failed) * (math.log1p(-rate) - math.log1p(-baseline))
        return math.exp(ratio) * prior(rate)

    peak = min(0.9, max(failed / devices, baseline * 1.01))
    pieces = [baseline, peak, min(0.99, 3 * peak), 1 - 1e-12]
    spans = [(low, high) for low, high in itertools.pairwise(pieces) if high > low]
    mass = sum(quad(prior, low, high, limit=200)[0] for low, high in spans)
    total = sum(quad(weighed, low, high, limit=200)[0] for low, high in spans)
    assert log_evidence(failed, devices, baseline_rate=baseline) == pytest.approx(
        math.log(total / mass), abs=2e-4
    )


@LAWS
@given(devices=st.integers(1, 3000), failed=st.integers(0, 50), alpha=st.floats(1e-3, 0.2))
def test_the_anytime_bound_lies_above_the_exact_bound_of_one_look(
    devices: int, failed: int, alpha: float
) -> None:
    assume(failed < devices)
    upper = anytime_upper_bound(failed, devices, alpha=alpha)
    assert failed / devices < upper <= 1
    assert binom.cdf(failed, devices, upper) <= alpha * 1.01


@LAWS
@given(devices=st.integers(1, 3000), failed=st.integers(0, 50), baseline=st.floats(1e-4, 0.2))
def test_evidence_grows_with_failures_and_shrinks_with_successes(
    devices: int, failed: int, baseline: float
) -> None:
    assume(failed < devices)
    here = log_evidence(failed, devices, baseline_rate=baseline)
    assert log_evidence(failed + 1, devices, baseline_rate=baseline) >= here - 1e-9
    assert log_evidence(failed, devices + 1, baseline_rate=baseline) <= here + 1e-9


def _halts(failures: npt.NDArray[np.int64], baseline: float) -> float:
    """Return the share of histories (one a row: failures so far, by look) that ever halt."""
    looks = failures.shape[1]
    limit = _limits(looks, baseline)
    return float(np.mean((failures >= limit[None, :]).any(axis=1)))


def _limits(devices: int, baseline: float) -> npt.NDArray[np.int64]:
    """Return, for every number of devices, the fewest failures that halt."""
    limits, failed = [], 1
    for number in range(1, devices + 1):
        while log_evidence(failed, number, baseline_rate=baseline) < log_threshold(ALPHA):
            failed += 1
            if failed > number:
                break
        limits.append(failed)
        failed = max(1, failed - 1)
    return np.array(limits)


def test_looking_after_every_report_halts_a_good_build_no_oftener_than_alpha() -> None:
    rng = np.random.default_rng(20)
    failures = np.cumsum(rng.random((2000, 1500)) < 0.01, axis=1, dtype=np.int64)
    assert _halts(failures, 0.01) <= ALPHA


def test_failures_at_once_and_successes_after_a_day_do_not_halt_a_good_build() -> None:
    rng, devices = np.random.default_rng(21), 1000
    hours = np.arange(0.5, 72, 0.5)
    limit = np.concatenate(([1], _limits(devices, 0.01)))
    installed = rng.uniform(0, 48, (1000, devices))
    fails = rng.random((1000, devices)) < 0.01  # they report at once, the others a day later
    halted = np.zeros(1000, dtype=np.bool_)
    for hour in hours:
        there = installed <= hour
        halted |= (there & fails).sum(axis=1) >= limit[there.sum(axis=1)]
    assert halted.mean() <= ALPHA


def test_two_per_cent_of_silent_bricks_in_500_devices_are_halted_almost_always() -> None:
    rng = np.random.default_rng(22)
    silent = rng.binomial(500, 0.02, 2000)
    rule = RateBelow(baseline_rate=0.001, margin_rate=0.01, min_devices=1, min_device_hours=0)
    halts = {
        number: isinstance(
            judge(counts_of(confirmed=500 - number, silent=number), rule, alpha=ALPHA), Fail
        )
        for number in set(silent.tolist())
    }
    assert np.mean([halts[number] for number in silent.tolist()]) >= 0.99
