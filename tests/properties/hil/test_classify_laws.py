"""Laws of the evidence square: what it takes to say that the product got worse."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from hil.triage.classify import (
    FaultyRig,
    Kind,
    Regression,
    Unconfirmed,
    classify,
    fisher_one_sided,
)
from hil.triage.square import Cell, Square

few = st.integers(0, 4)
clean = st.builds(Cell, passed=st.integers(1, 4))
maybe_clean = st.builds(Cell, passed=few)
always_same = st.builds(Cell, same=st.integers(1, 4), errored=few)
strangers = st.builds(Cell, other=st.integers(1, 4), errored=few)
mixed = st.builds(Cell, same=few, other=few, errored=few, passed=few)
cells = maybe_clean | always_same | mixed
squares = st.builds(Square, new_here=cells, new_there=cells, old_here=cells, old_there=cells)


@given(square=squares, there=clean, bad=mixed.filter(lambda cell: cell.failed > 0))
def test_a_clean_second_rig_and_a_bad_last_good_build_here_never_blame_the_product(
    square: Square, there: Cell, bad: Cell
) -> None:
    cause = classify(replace(square, new_there=there, old_here=bad, old_there=there))
    assert not isinstance(cause, Regression)


@given(here=always_same, old_here=always_same, new_there=clean, old_there=maybe_clean)
def test_a_rig_that_fails_whatever_it_holds_while_another_passes_is_faulty(
    here: Cell, old_here: Cell, new_there: Cell, old_there: Cell
) -> None:
    square = Square(new_here=here, new_there=new_there, old_here=old_here, old_there=old_there)
    assert isinstance(classify(square), FaultyRig)


@given(here=always_same, old_here=always_same, other=st.integers(1, 4), old_there=clean)
def test_a_rig_is_faulty_too_while_the_candidate_fails_elsewhere_in_another_way(
    here: Cell, old_here: Cell, other: int, old_there: Cell
) -> None:
    new_there = Cell(other=other)
    square = Square(new_here=here, new_there=new_there, old_here=old_here, old_there=old_there)
    assert isinstance(classify(square), FaultyRig)


@given(square=squares, part=st.sampled_from(["new_there", "old_here"]), errors=few)
def test_without_a_second_rig_or_a_last_good_build_nothing_is_a_regression(
    square: Square, part: str, errors: int
) -> None:
    cause = classify(replace(square, **{part: Cell(errored=errors)}))
    assert isinstance(cause, Unconfirmed | FaultyRig)


@given(here=always_same, there=always_same, old=clean, old_there=maybe_clean)
def test_what_always_fails_in_the_candidate_and_never_before_is_a_regression(
    here: Cell, there: Cell, old: Cell, old_there: Cell
) -> None:
    cause = classify(Square(new_here=here, new_there=there, old_here=old, old_there=old_there))
    assert isinstance(cause, Regression)
    assert cause.kind is Kind.DETERMINISTIC


@given(square=squares)
def test_only_the_same_failure_confirms(square: Square) -> None:
    stranger = replace(
        square,
        new_here=replace(square.new_here, same=0),
        new_there=replace(square.new_there, same=0),
    )
    assert not isinstance(classify(stranger), Regression)


@given(here=strangers, there=strangers, old=clean, old_there=maybe_clean)
def test_two_failures_that_differ_from_the_finding_do_not_confirm_it(
    here: Cell, there: Cell, old: Cell, old_there: Cell
) -> None:
    square = Square(new_here=here, new_there=there, old_here=old, old_there=old_there)
    assert not isinstance(classify(square), Regression)


@given(square=squares)
def test_no_regression_while_the_last_good_build_fails(square: Square) -> None:
    assume(square.old_here.failed or square.old_there.failed)
    assert not isinstance(classify(square), Regression)


@given(square=squares, here=few, there=few)
def test_more_passes_of_the_candidate_never_make_it_fail_always(
    square: Square, here: int, there: int
) -> None:
    def deterministic(judged: Square) -> bool:
        cause = classify(judged)
        return isinstance(cause, Regression) and cause.kind is Kind.DETERMINISTIC

    better = replace(
        square,
        new_here=replace(square.new_here, passed=square.new_here.passed + here),
        new_there=replace(square.new_there, passed=square.new_there.passed + there),
    )
    assert deterministic(square) or not deterministic(better)


@given(square=squares, errors=few)
def test_a_dead_worker_is_evidence_neither_for_nor_against_a_rig(
    square: Square, errors: int
) -> None:
    more = replace(
        square,
        new_here=replace(square.new_here, errored=errors),
        old_here=replace(square.old_here, errored=errors),
    )
    assert type(classify(more)) is type(classify(square))


@given(square=squares)
def test_every_cause_says_how_often_it_was_tried(square: Square) -> None:
    says = classify(square).says
    tried = square.new_here.judged + square.new_here.errored
    assert not tried or f"candidate here failed {square.new_here.same} of {tried}" in says


@given(failed=st.integers(0, 6), passed=st.integers(0, 6), before=few, good_before=few)
def test_the_chance_agrees_with_scipy(
    failed: int, passed: int, before: int, good_before: int
) -> None:
    ours = fisher_one_sided(failed, failed + passed, before, before + good_before)
    table = np.array([[failed, passed], [before, good_before]])
    theirs = fisher_exact(table, alternative="greater").pvalue
    assert abs(ours - theirs) < 1e-9
