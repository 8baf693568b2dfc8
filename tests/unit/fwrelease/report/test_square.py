"""The evidence square is counted as the campaign counted it."""

from pathlib import Path

from fwrelease.report.campaign import Campaign
from fwrelease.report.square import Square, fill_square
from tests.unit.fwrelease.report.campaigns import (
    a_campaign,
    a_case,
    a_regression,
    a_rig,
    an_attempt,
)


def square_of(campaign: Campaign, index: int = 0) -> Square:
    """Return the square of one case, which has one."""
    square = fill_square(campaign, campaign.cases[index])
    assert square is not None
    return square


def says(square: Square) -> tuple[str, ...]:
    """Return what the four cells say."""
    return (
        square.candidate_here.says,
        square.candidate_there.says,
        square.last_good_here.says,
        square.last_good_there.says,
    )


def test_the_attempt_that_raised_the_finding_is_no_sample(tmp_path: Path) -> None:
    square = square_of(a_campaign(tmp_path, a_regression()))
    assert square.rig == "bench-1"
    assert says(square) == ("failed 1 of 1", "failed 1 of 1", "failed 0 of 1", "failed 0 of 1")
    assert square.candidate_here.word == "failed"
    assert square.last_good_there.word == "passed"


def test_a_cell_without_a_try_says_so(tmp_path: Path) -> None:
    alone = a_case("selftest", an_attempt("bench-1", "failed"), verdict="unconfirmed")
    assert set(says(square_of(a_campaign(tmp_path, alone)))) == {"not tried"}


def test_what_the_lab_broke_counts_neither_for_nor_against(tmp_path: Path) -> None:
    errored = a_case(
        "selftest",
        an_attempt("bench-1", "failed"),
        an_attempt("bench-1", "errored", wave="confirm"),
        an_attempt("bench-1", "failed", wave="confirm"),
        an_attempt("bench-1", "passed", wave="confirm"),
        an_attempt("bench-2", "errored", wave="confirm"),
    )
    square = square_of(a_campaign(tmp_path, errored))
    assert square.candidate_here.says == "failed 1 of 2, 1 by the lab's fault"
    assert square.candidate_here.word == "mixed"
    assert square.candidate_there.word == "not tried"


def test_a_rig_out_of_the_pool_does_not_count_unless_it_is_the_findings_own(tmp_path: Path) -> None:
    rigs = [a_rig("bench-1", state="quarantined"), a_rig("bench-2", state="quarantined")]
    square = square_of(a_campaign(tmp_path, a_regression(), rigs=rigs))
    assert says(square) == ("failed 1 of 1", "not tried", "failed 0 of 1", "not tried")


def test_cases_that_fail_alike_share_the_experiment(tmp_path: Path) -> None:
    alike = a_case("adc", an_attempt("bench-2", "failed"), verdict="failed", signature="1:adc")
    square = square_of(a_campaign(tmp_path, alike, a_regression()))
    assert (square.case, square.rig) == ("selftest", "bench-1")


def test_a_case_that_never_ran_has_no_square(tmp_path: Path) -> None:
    campaign = a_campaign(tmp_path, a_case("late", an_attempt("bench-1", "errored")))
    assert fill_square(campaign, campaign.cases[0]) is None
