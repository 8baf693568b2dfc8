"""The words of a campaign's end: who acts, and what is missing."""

from dataclasses import replace

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign
from hil.campaigns.result import CampaignVerdict, CaseVerdict
from hil.triage.judge import judge
from hil.triage.square import find_findings
from tests.support.lab import OLD, a_campaign, a_failure, a_seat, an_attempt

TWO_RIGS = (a_seat(), a_seat("rig-2"))


def headline(campaign: Campaign) -> str:
    return judge(campaign, image="1.1.0").headline


def square(*, new: list[Attempt], old: list[Attempt]) -> Campaign:
    return a_campaign(a_failure(), *new, *old, rigs=TWO_RIGS)


def new_fails(rig: str) -> Attempt:
    return a_failure(rig=rig, wave=WaveKind.CONFIRM)


def old_passes(rig: str) -> Attempt:
    return an_attempt(rig=rig, wave=WaveKind.CONTROL, image_sha256=OLD)


def test_a_pass_names_what_it_stands_for() -> None:
    assert headline(a_campaign(an_attempt())) == "1.1.0 passed 1 cases on nano revision b."


def test_a_confirmed_regression_is_developments() -> None:
    campaign = square(new=[new_fails("rig-1"), new_fails("rig-2")], old=[old_passes("rig-1")])
    assert headline(campaign) == (
        "1.1.0 fails selftest on nano revision b: a product regression, confirmed. "
        "Development acts."
    )


def test_without_a_second_rig_the_headline_says_what_is_missing() -> None:
    campaign = square(new=[new_fails("rig-1")], old=[old_passes("rig-1")])
    result = judge(campaign, image="1.1.0")
    assert result.cases[0].verdict is CaseVerdict.UNCONFIRMED
    assert "no second rig of this board and revision could be asked" in result.cases[0].says
    assert result.verdict is CampaignVerdict.FAILED


def test_a_failure_on_this_rig_alone_is_rig_sensitive() -> None:
    passes = an_attempt(rig="rig-2", wave=WaveKind.CONFIRM)
    campaign = square(new=[new_fails("rig-1"), passes], old=[old_passes("rig-1")])
    (case,) = judge(campaign, image="1.1.0").cases
    assert (case.verdict, case.layer) == (CaseVerdict.FAILED, "product")
    assert "rig-sensitive regression" in case.says


def test_another_failure_elsewhere_confirms_nothing() -> None:
    other = a_failure(rig="rig-2", wave=WaveKind.CONFIRM, signature="1:bbbb")
    campaign = square(new=[new_fails("rig-1"), other], old=[old_passes("rig-1")])
    (case,) = judge(campaign, image="1.1.0").cases
    assert case.verdict is CaseVerdict.UNSTABLE
    assert "candidate elsewhere failed 0 of 1, 1 in another way" in case.says


def test_a_failure_that_does_not_come_back_is_unstable() -> None:
    passes = [an_attempt(rig=rig, wave=WaveKind.CONFIRM) for rig in ("rig-1", "rig-2")]
    campaign = square(new=passes, old=[old_passes("rig-1")])
    result = judge(campaign, image="1.1.0")
    assert result.cases[0].verdict is CaseVerdict.UNSTABLE
    assert result.verdict is CampaignVerdict.INCONCLUSIVE


def test_cases_that_fail_in_one_way_are_one_finding() -> None:
    slow = a_failure("slow", duration_s=9.0)
    confirms = [new_fails("rig-1"), new_fails("rig-2"), old_passes("rig-1")]
    result = judge(a_campaign(a_failure(), slow, *confirms, rigs=TWO_RIGS), image="1.1.0")
    verdicts = {case.case.case: case.verdict for case in result.cases}
    assert verdicts == {"selftest": CaseVerdict.FAILED, "slow": CaseVerdict.FAILED}
    assert "(the same failure as selftest)" in result.cases[1].says


def test_a_rig_that_is_out_is_the_labs() -> None:
    sick = an_attempt(outcome=Outcome.ERRORED, layer="rig", code="POWER", says="dark")
    campaign = a_campaign(sick, rigs=(a_seat(out="POWER: dark"),), red_seen=False)
    assert headline(campaign) == (
        "1.1.0: nothing is proven: selftest errored on nano revision b. The lab acts. "
        "rig-1 is out (POWER): the lab acts."
    )


def test_a_harness_that_saw_no_red_proves_nothing() -> None:
    assert headline(a_campaign(an_attempt(), red_seen=False)) == (
        "1.1.0: nothing is proven: the harness did not show that it can see a failure. "
        "The lab acts."
    )


def test_a_suite_without_cases_proves_nothing() -> None:
    assert "no case was run" in headline(a_campaign())


def test_a_campaign_that_got_no_rig_blames_no_suite() -> None:
    held = replace(a_campaign(), rigs=(a_seat(out="HELD: ada keeps it"),), required=frozenset())
    headline = judge(held, image="1.1.0").headline
    assert headline.removeprefix("1.1.0: nothing is proven: ") == (
        "no rig could be had. rig-1 is out (HELD): the lab acts."
    )


def test_a_rig_that_starts_nothing_is_told_by_a_case_and_not_by_the_red_check() -> None:
    cheaper = a_failure("red_check", duration_s=0.1)
    campaign = a_campaign(cheaper, a_failure(), rigs=TWO_RIGS)
    assert [finding.case.case for finding in find_findings(campaign)] == ["selftest"]
