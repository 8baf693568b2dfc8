"""Attempts and waves survive the way through JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.case import CaseId
from hil.campaigns.record import (
    WavePlan,
    parse_attempt,
    parse_plan,
    render_attempt,
    render_plan,
)
from hil.campaigns.wave import Assignment, Wave

numbers = st.floats(allow_nan=False)
cases = st.builds(CaseId, board=st.text(), revision=st.text(), case=st.text())
attempts = st.builds(
    Attempt,
    case=cases,
    wave=st.sampled_from(WaveKind),
    outcome=st.sampled_from(Outcome),
    duration_s=numbers,
    measurements=st.dictionaries(st.text(), numbers),
)
assignments = st.builds(Assignment, bound=st.lists(cases, max_size=2).map(tuple))
waves = st.builds(
    Wave,
    kind=st.sampled_from(WaveKind),
    assignments=st.lists(assignments, max_size=2).map(tuple),
    cases=st.none() | st.frozensets(cases, max_size=2),
)
plans = st.builds(WavePlan, wave=waves, images=st.dictionaries(st.text(), st.text()))


@given(attempts)
def test_an_attempt_is_read_back_as_it_was(attempt: Attempt) -> None:
    assert parse_attempt(json.loads(json.dumps(render_attempt(attempt)))) == attempt


@given(plans)
def test_a_plan_is_read_back_as_it_was(plan: WavePlan) -> None:
    assert parse_plan(json.loads(json.dumps(render_plan(plan)))) == plan
