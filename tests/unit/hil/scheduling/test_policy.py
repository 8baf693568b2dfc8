"""Which case a free rig takes next."""

from hil.scheduling.bounds import estimate
from hil.scheduling.policy import choose_case

EXPECTED_S = {"short": 1.0, "long": 9.0}


def test_the_longest_case_goes_first() -> None:
    assert choose_case(["short", "long"], ["short", "long"], EXPECTED_S) == "long"


def test_a_case_that_nobody_timed_counts_as_long() -> None:
    assert choose_case(["long", "new"], ["long", "new"], EXPECTED_S) == "new"


def test_a_rig_takes_only_what_it_can_run() -> None:
    assert choose_case(["short", "long"], ["short"], EXPECTED_S) == "short"
    assert choose_case(["long"], ["short"], EXPECTED_S) is None
    assert choose_case([], ["short"], EXPECTED_S) is None


def test_equal_cases_go_by_name_so_that_a_plan_can_be_told_again() -> None:
    assert choose_case(["b", "a"], ["b", "a"], {"a": 1.0, "b": 1.0}) == "a"


def test_what_was_never_timed_or_has_no_rig_is_not_estimated() -> None:
    place = ("nano", "b")
    assert estimate({place: {"echo": []}}, {place: 1}) is None
    assert estimate({place: {"echo": [1.0]}}, {}) is None
    assert estimate({}, {}) is None


def test_pools_work_side_by_side() -> None:
    a, b = ("nano", "a"), ("nano", "b")
    found = estimate({a: {"x": [4.0], "y": [4.0]}, b: {"x": [5.0]}}, {a: 2, b: 1})
    assert found is not None
    assert (found.lower_bound_s, found.eta_p50_s) == (5.0, 10.0)
