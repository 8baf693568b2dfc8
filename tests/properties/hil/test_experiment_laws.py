"""Laws of a whole campaign, in labs of which the truth is known."""

import string
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hil.campaigns.attempt import Outcome, WaveKind
from hil.campaigns.campaign import Campaign
from hil.campaigns.case import RED_CHECK
from hil.campaigns.result import CampaignResult, CampaignVerdict, CaseVerdict, Unproven
from hil.triage.experiment import REPEATS
from hil.triage.judge import judge
from tests.properties.hil.oracle import (
    CASES,
    REVISIONS,
    OracleLab,
    Truth,
    failed_on_healthy_rigs,
)
from tests.support.lab import a_campaign, a_case, a_failure, a_seat, an_attempt

PASSED, FAILED = CampaignVerdict.PASSED, CampaignVerdict.FAILED
INCONCLUSIVE = CampaignVerdict.INCONCLUSIVE
seeds = st.integers(0, 2**32)
rates = st.sampled_from([0.0, 0.1, 0.5, 1.0])
bugs = st.frozensets(st.tuples(st.sampled_from(REVISIONS), st.sampled_from(CASES)), max_size=3)
THREE_EACH = {f"{revision}{number}": revision for revision in REVISIONS for number in (1, 2, 3)}


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Any lab at all, however broken."""
    revisions = draw(st.lists(st.sampled_from(REVISIONS), min_size=1, max_size=6))
    rigs = dict(zip(string.ascii_lowercase, revisions, strict=False))
    some = st.frozensets(st.sampled_from(sorted(rigs)))
    return Truth(
        rigs=rigs,
        bad=draw(some),
        dead=draw(some),
        regressions=draw(bugs),
        old_bugs=draw(bugs),
        has_last_good=draw(st.booleans()),
        flaky_rate=draw(rates),
        death_rate=draw(rates),
        seed=draw(seeds),
    )


def one_sick_rig_each() -> st.SearchStrategy[frozenset[str]]:
    return st.tuples(st.sampled_from(["a1", "a2", "a3"]), st.sampled_from(["b1", "b2", "b3"])).map(
        frozenset
    )


def judged(campaign: Campaign, unproven: Unproven = Unproven.REFUSED) -> CampaignResult:
    return judge(campaign, image="1.1.0", unproven=unproven)


def run(truth: Truth) -> CampaignResult:
    return judged(OracleLab(truth).run())


def verdicts(result: CampaignResult) -> Mapping[tuple[str, str], CaseVerdict]:
    return {(case.case.revision, case.case.case): case.verdict for case in result.cases}


@given(truth=truths())
def test_every_campaign_ends(truth: Truth) -> None:
    assert OracleLab(truth).run().waves


@given(seed=seeds)
def test_a_good_image_on_good_rigs_passes_in_one_wave(seed: int) -> None:
    campaign = OracleLab(Truth(rigs=THREE_EACH, seed=seed)).run()
    assert (judged(campaign).verdict, len(campaign.waves)) == (PASSED, 1)


@given(bad=one_sick_rig_each(), dead=one_sick_rig_each(), seed=seeds)
def test_faults_of_rigs_alone_never_fail_an_image(
    bad: frozenset[str], dead: frozenset[str], seed: int
) -> None:
    for truth in (
        Truth(rigs=THREE_EACH, bad=bad, seed=seed),
        Truth(rigs=THREE_EACH, dead=dead, seed=seed),
    ):
        assert run(truth).verdict is PASSED


@given(bad=one_sick_rig_each(), seed=seeds)
def test_a_rig_that_fails_whatever_it_holds_is_taken_out_once_it_failed(
    bad: frozenset[str], seed: int
) -> None:
    campaign = OracleLab(Truth(rigs=THREE_EACH, bad=bad, seed=seed)).run()
    failed = {a.rig for a in campaign.attempts if a.outcome is Outcome.FAILED}
    assert {seat.rig for seat in campaign.rigs if seat.out_because} == failed


@given(dead=st.frozensets(st.sampled_from(sorted(THREE_EACH))), rate=rates, seed=seeds)
def test_dead_rigs_and_dead_workers_never_fail_an_image(
    dead: frozenset[str], rate: float, seed: int
) -> None:
    truth = Truth(rigs=THREE_EACH, dead=dead, death_rate=rate, seed=seed)
    assert run(truth).verdict is not FAILED


@given(regressions=bugs.filter(bool), seed=seeds)
def test_a_regression_is_found_on_its_revision_and_on_no_other(
    regressions: frozenset[tuple[str, str]], seed: int
) -> None:
    result = run(Truth(rigs=THREE_EACH, regressions=regressions, seed=seed))
    assert result.verdict is FAILED
    for case in result.cases:
        broken = (case.case.revision, case.case.case) in regressions
        wanted = (CaseVerdict.FAILED, "product") if broken else (CaseVerdict.PASSED, "")
        assert (case.verdict, case.layer) == wanted


@given(old_bugs=bugs.filter(bool), seed=seeds)
def test_what_the_last_good_build_fails_too_is_pre_existing(
    old_bugs: frozenset[tuple[str, str]], seed: int
) -> None:
    result = run(Truth(rigs=THREE_EACH, old_bugs=old_bugs, seed=seed))
    found = [bug for bug, said in verdicts(result).items() if said is CaseVerdict.PRE_EXISTING]
    assert (result.verdict, frozenset(found)) == (FAILED, old_bugs)


@settings(max_examples=300)
@given(truth=truths(), bug=st.tuples(st.sampled_from(REVISIONS), st.sampled_from(CASES)))
def test_a_regression_never_passes_however_broken_the_lab(
    truth: Truth, bug: tuple[str, str]
) -> None:
    truth = replace(truth, regressions=truth.regressions | {bug})
    result = run(truth)
    assert verdicts(result).get(bug) is not CaseVerdict.PASSED
    assert result.verdict is not PASSED or bug[0] not in truth.rigs.values()


@settings(max_examples=300)
@given(flaky=st.sampled_from([0.3, 0.6]), deaths=st.sampled_from([0.0, 0.2, 0.5]), seed=seeds)
def test_a_failure_on_a_healthy_rig_never_ends_green(
    flaky: float, deaths: float, seed: int
) -> None:
    truth = Truth(rigs=THREE_EACH, flaky_rate=flaky, death_rate=deaths, seed=seed)
    campaign = OracleLab(truth).run()
    result = judged(campaign)
    said = {case.case: case.verdict for case in result.cases}
    for case in failed_on_healthy_rigs(campaign, truth):
        assert said[case] is not CaseVerdict.PASSED


@given(truth=truths())
def test_no_rig_says_anything_once_it_is_out(truth: Truth) -> None:
    campaign = OracleLab(truth).run()
    out = {seat.rig for seat in campaign.rigs if seat.out_because}
    turned = {Outcome.PASSED: Outcome.FAILED, Outcome.FAILED: Outcome.PASSED}
    attempts = tuple(
        replace(a, outcome=turned.get(a.outcome, a.outcome), signature="1:lie")
        if a.rig in out and a.wave is WaveKind.MAIN
        else a
        for a in campaign.attempts
    )
    lying = judged(replace(campaign, attempts=attempts))
    assert (lying.verdict, verdicts(lying)) == (
        judged(campaign).verdict,
        verdicts(judged(campaign)),
    )


@given(truth=truths())
def test_a_rig_is_asked_for_one_cell_of_a_square_only_once(truth: Truth) -> None:
    asked = [
        (wave.kind, assignment.rig, case)
        for wave in OracleLab(truth).run().waves
        for assignment in wave.assignments
        for case in assignment.bound
        if assignment.repeats == REPEATS
    ]
    assert len(asked) == len(set(asked))


@given(truth=truths())
def test_without_a_red_check_nothing_passes(truth: Truth) -> None:
    campaign = OracleLab(truth).run()
    blind = tuple(a for a in campaign.attempts if a.case.case != RED_CHECK)
    assert judged(replace(campaign, attempts=blind)).verdict is not PASSED


@given(
    outcome=st.sampled_from([Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED, None]),
    unproven=st.sampled_from(Unproven),
    good=st.integers(0, 5),
)
def test_one_case_that_did_not_pass_is_enough_not_to_pass(
    outcome: Outcome | None, unproven: Unproven, good: int
) -> None:
    passed = [an_attempt(f"case-{number}") for number in range(good)]
    campaign = a_campaign(*passed, an_attempt("odd"))
    odd = () if outcome is None else (an_attempt("odd", outcome=outcome, signature="1:aaaa"),)
    kept = tuple(a for a in campaign.attempts if a.case != a_case("odd"))
    result = judged(replace(campaign, attempts=(*kept, *odd)), unproven)
    assert result.verdict is not PASSED


@given(proven=st.lists(st.booleans(), min_size=1, max_size=4), unproven=st.sampled_from(Unproven))
def test_an_unproven_pass_counts_only_where_it_is_accepted(
    proven: list[bool], unproven: Unproven
) -> None:
    tries = [an_attempt(f"case-{n}", proven=shown) for n, shown in enumerate(proven)]
    wanted = PASSED if all(proven) or unproven is Unproven.ACCEPTED else INCONCLUSIVE
    assert judged(a_campaign(*tries), unproven).verdict is wanted


@given(required=st.sampled_from([None, frozenset(), frozenset({a_case(RED_CHECK)})]))
def test_where_nothing_is_required_nothing_passes(required: frozenset[object] | None) -> None:
    campaign = a_campaign(an_attempt(), required=required)
    assert judged(campaign).verdict is INCONCLUSIVE


@given(failed=st.booleans())
def test_a_rig_that_was_quarantined_counts_neither_way(failed: bool) -> None:  # noqa: FBT001
    said = a_failure(rig="rig-2") if failed else an_attempt(rig="rig-2")
    seats = (a_seat(), a_seat("rig-2", out="FAULTY_RIG: x"))
    result = judged(a_campaign(said, rigs=seats))
    assert [case.verdict for case in result.cases] == [CaseVerdict.ERRORED]
