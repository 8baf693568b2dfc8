"""What is drawn of campaigns and rollouts stays inside of its picture and says what happened."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwrelease.health.counts import DeviceCounts
from fwrelease.report.campaign import PASSED, Attempt, Campaign, Case
from fwrelease.report.ladder import draw_outcomes
from fwrelease.report.matrix import tabulate
from fwrelease.report.timeline import WIDTH, draw_timeline
from tests.support.rings import counts_of
from tests.unit.fwrelease.report.campaigns import (
    NOON,
    a_campaign,
    a_case,
    a_regression,
    an_attempt,
)

MANY = st.integers(0, 100_000)


def test_each_rig_has_a_lane_with_its_attempts_in_time(tmp_path: Path) -> None:
    timeline = draw_timeline(a_campaign(tmp_path, a_regression()))
    assert [lane.rig for lane in timeline.lanes] == ["bench-1", "bench-2"]
    assert [bar.starts_s for bar in timeline.lanes[0].bars] == [0, 10, 20]
    assert [bar.attempt.wave for bar in timeline.lanes[1].bars] == ["confirm", "control"]
    assert timeline.length_s == 22


def test_the_first_failure_on_each_rig_is_told_in_the_order_they_happened(tmp_path: Path) -> None:
    tries = (
        an_attempt("bench-2", "failed"),
        an_attempt("bench-1", "passed", wave="confirm"),
        an_attempt("bench-1", "failed", wave="confirm"),
        an_attempt("bench-2", "failed", wave="confirm"),
    )
    case = a_campaign(tmp_path, a_case("x", *tries)).cases[0]
    assert [(one.rig, one.wave) for one in case.first_failures] == [
        ("bench-2", "main"),
        ("bench-1", "confirm"),
    ]


def test_a_campaign_that_tried_nothing_has_an_empty_timeline(tmp_path: Path) -> None:
    assert draw_timeline(a_campaign(tmp_path)).lanes == ()


def an_attempt_of(duration_s: float) -> Attempt:
    """Return an attempt at noon."""
    return Attempt(
        rig="bench-1",
        wave="main",
        image_sha256="",
        outcome=PASSED,
        started=NOON,
        duration_s=duration_s,
        signature="",
        says="",
        excerpt="",
    )


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=5))
def test_every_bar_stays_inside_of_the_picture(durations: list[float]) -> None:
    case = Case(
        case="x",
        board="b",
        revision="r",
        verdict=PASSED,
        layer="",
        code="",
        signature="",
        says="",
        attempts=tuple(map(an_attempt_of, durations)),
    )
    campaign = Campaign(
        campaign="c",
        suite="s",
        verdict=PASSED,
        headline="",
        wall_s=0,
        images=(),
        rigs=(),
        cases=(case,),
    )
    bars = [bar for lane in draw_timeline(campaign).lanes for bar in lane.bars]
    assert len(bars) == len(durations)
    assert all(bar.x >= 0 and bar.width > 0 and bar.x + bar.width <= WIDTH + 0.1 for bar in bars)


def test_the_matrix_says_what_each_rig_said_of_the_candidate(tmp_path: Path) -> None:
    mixed = a_case(
        "flaky",
        an_attempt("bench-1", "failed"),
        an_attempt("bench-1", "passed", wave="confirm"),
        an_attempt("bench-2", "failed", wave="confirm"),
        an_attempt("bench-2", "failed", wave="confirm"),
        an_attempt("bench-2", "passed", wave="control"),
    )
    rows = tabulate(a_campaign(tmp_path, mixed, a_case("echo", an_attempt("bench-2", "errored"))))
    assert [(cell.word, cell.says) for row in rows for cell in row.cells] == [
        ("mixed", "1 failed, 1 passed"),
        ("failed", "failed 2 times"),
        ("", ""),
        ("errored", "errored"),
    ]


@given(MANY, MANY, MANY, MANY)
def test_the_outcomes_of_a_ring_stay_inside_of_its_bar(
    confirmed: int, silent: int, pending: int, others: int
) -> None:
    counts = counts_of(confirmed=confirmed, silent=silent, pending=pending)
    parts = draw_outcomes(replace(counts, targeted=counts.offered + others))
    assert sum(part.devices for part in parts) == counts.offered
    assert all(part.width >= 0 and part.x + part.width <= WIDTH + 0.2 for part in parts)


@pytest.mark.parametrize("silent", [1, 500])
def test_a_single_bad_device_is_still_seen(silent: int) -> None:
    parts = draw_outcomes(counts_of(confirmed=100_000, silent=silent))
    assert parts[0].outcome == "bad"
    assert parts[0].width >= 5


def test_a_ring_nobody_took_has_an_empty_bar() -> None:
    assert draw_outcomes(DeviceCounts(targeted=0)) == ()
