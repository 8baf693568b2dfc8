"""Laws of schedules: no order of work beats the bound, and a free rig never idles."""

from hypothesis import given
from hypothesis import strategies as st

from hil.scheduling.bounds import estimate
from hil.scheduling.policy import choose_case

PLACE = ("nano", "b")
seconds = st.floats(0.1, 100.0)
works = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2), seconds, min_size=1, max_size=10
)


def makespan_s(order: list[float], rigs: int) -> float:
    """Return when the last case ends if each goes to the rig that is free first."""
    free_at = [0.0] * rigs
    for duration in order:
        free_at.sort()
        free_at[0] += duration
    return max(free_at)


@given(work=works, rigs=st.integers(1, 5), data=st.data())
def test_no_schedule_beats_the_lower_bound(
    work: dict[str, float], rigs: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(list(work.values())))
    found = estimate({PLACE: {case: [took] for case, took in work.items()}}, {PLACE: rigs})
    assert found is not None
    assert found.lower_bound_s <= makespan_s(order, rigs) + 0.001
    assert makespan_s(order, rigs) <= found.eta_p50_s + 0.001


@given(tries=st.dictionaries(st.text(max_size=2), st.lists(seconds, min_size=1), min_size=1))
def test_the_estimate_is_ordered(tries: dict[str, list[float]]) -> None:
    found = estimate({PLACE: tries}, {PLACE: 2})
    assert found is not None
    assert found.lower_bound_s <= found.eta_p50_s + 0.001 <= found.eta_p95_s + 0.002


@given(work=works, waiting=st.sets(st.text("abcdefgh", min_size=1, max_size=2)))
def test_a_rig_idles_only_when_nothing_waits_that_it_can_run(
    work: dict[str, float], waiting: set[str]
) -> None:
    chosen = choose_case(waiting, work, work)
    able = waiting & set(work)
    assert (chosen is None) == (not able)
    assert chosen is None or work[chosen] == max(work[case] for case in able)
