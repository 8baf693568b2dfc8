"""What a campaign leaves behind: evidence, JUnit XML and the document for scripts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwrelease.evidence.record import parse, render
from fwrelease.evidence.statement import CampaignReport, Evidence, Proof, Result
from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign
from hil.campaigns.result import Unproven
from hil.history import SuiteRun
from hil.report import (
    Finished,
    place_verdict,
    render_result,
    statements,
    write_evidence,
    write_junit,
    write_whole,
)
from hil.triage.judge import judge
from tests.support.lab import (
    OLD,
    PLACE,
    a_campaign,
    a_case,
    a_failure,
    a_seat,
    an_attempt,
    an_image,
)


def finished(campaign: Campaign, *, unproven: Unproven = Unproven.REFUSED) -> Finished:
    return Finished(
        campaign=campaign,
        result=judge(campaign, image="1.1.0", unproven=unproven),
        run=SuiteRun(campaign="c-1", suite="smoke", suite_sha256="5" * 64, harness="hil 0.1"),
        images={PLACE: an_image().facts},
        names={PLACE: "nano.bin"},
        finished=datetime(2026, 3, 2, 12, tzinfo=UTC),
        wall_s=12.5,
        estimate=None,
        unproven=unproven,
    )


def confirmed(*, old_fails: bool = False) -> Campaign:
    """Return a campaign that found a regression, or an old failure."""
    square: list[Attempt] = []
    for rig in ("rig-1", "rig-2"):
        square += [a_failure(rig=rig, wave=WaveKind.CONFIRM)] * 2
        old = a_failure if old_fails else an_attempt
        square += [old(rig=rig, wave=WaveKind.CONTROL, image_sha256=OLD)] * 2
    return a_campaign(a_failure(), *square, rigs=(a_seat(), a_seat("rig-2")))


def kinds(campaign: Campaign, *, unproven: Unproven = Unproven.REFUSED) -> Sequence[type]:
    return [type(said) for said in statements(finished(campaign, unproven=unproven))]


def junit(campaign: Campaign, folder: Path) -> ET.Element:
    root = ET.parse(write_junit(finished(campaign), folder / "junit.xml")).getroot()
    suite = root.find("testsuite")
    assert suite is not None
    return suite


def test_a_pass_is_evidence() -> None:
    (said,) = statements(finished(a_campaign(an_attempt(measurements={"boot_ms": 12.0}))))
    assert isinstance(said, Evidence)
    assert (said.result, said.proof) == (Result.PASSED, Proof.ON_BOARD)
    assert said.measurements == {"boot_ms": (12.0,)}


@pytest.mark.parametrize("old_fails", [False, True])
def test_a_confirmed_failure_is_evidence(old_fails: bool) -> None:  # noqa: FBT001 (both cases)
    (said,) = statements(finished(confirmed(old_fails=old_fails)))
    assert isinstance(said, Evidence)
    assert said.result is Result.FAILED


def test_a_failure_that_was_not_confirmed_is_only_reported() -> None:
    failed = finished(a_campaign(a_failure()))
    (said,) = statements(failed)
    assert isinstance(said, CampaignReport)
    assert (said.verdict, place_verdict(failed, PLACE)) == ("failed", "failed")


@pytest.mark.parametrize("outcome", [Outcome.ERRORED, Outcome.SKIPPED])
def test_what_the_lab_could_not_ask_is_only_reported(outcome: Outcome) -> None:
    assert kinds(a_campaign(an_attempt(outcome=outcome))) == [CampaignReport]


def test_without_a_red_check_there_is_no_evidence(tmp_path: Path) -> None:
    blind = finished(a_campaign(an_attempt(), red_seen=False))
    assert write_evidence(blind, tmp_path) == []
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["reports"]


def test_an_accepted_pass_without_proof_is_evidence_that_says_so() -> None:
    campaign = a_campaign(an_attempt(proven=False))
    assert kinds(campaign) == [CampaignReport]
    (said,) = statements(finished(campaign, unproven=Unproven.ACCEPTED))
    assert isinstance(said, Evidence)
    assert (said.proof, said.passed_tests) == (Proof.UNPROVEN, ("selftest",))


@pytest.mark.parametrize(
    "campaign", [a_campaign(an_attempt()), a_campaign(a_failure()), confirmed()]
)
def test_what_is_written_is_read_back_by_the_gate(campaign: Campaign, tmp_path: Path) -> None:
    (said,) = statements(finished(campaign))
    write_evidence(finished(campaign), tmp_path)
    (path,) = tmp_path.rglob("*.json")
    assert parse(json.loads(path.read_text("utf-8")), name=path.name) == said


@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=4), proven=st.booleans())
def test_every_campaign_leaves_statements_that_can_be_read_back(
    outcomes: list[Outcome], *, proven: bool
) -> None:
    tries = [
        an_attempt(f"case-{n}", outcome=outcome, proven=proven)
        for n, outcome in enumerate(outcomes)
    ]
    for unproven in Unproven:
        for said in statements(finished(a_campaign(*tries), unproven=unproven)):
            assert parse(render(said), name="evidence") == said


def test_junit_tells_the_products_failures_from_the_labs_errors(tmp_path: Path) -> None:
    suite = junit(
        a_campaign(
            an_attempt("good"),
            a_failure("bad"),
            an_attempt("sick", outcome=Outcome.ERRORED, layer="rig", code="POWER", says="dark"),
            an_attempt("left-out", outcome=Outcome.SKIPPED, says="no such feature"),
        ),
        tmp_path,
    )
    shown = {case.get("name"): [e.tag for e in case][1:] for case in suite}
    assert shown == {"good": [], "bad": ["failure"], "sick": ["error"], "left-out": ["skipped"]}
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]


def test_junit_carries_what_xml_can_not(tmp_path: Path) -> None:
    suite = junit(a_campaign(a_failure(says="said \x00\x1b[31m\ud800 & <b>")), tmp_path)
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "& <b>" in (failure.get("message") or "")


def test_junit_says_on_which_rig_each_attempt_was_made(tmp_path: Path) -> None:
    suite = junit(a_campaign(an_attempt(rig="rig-1")), tmp_path)
    properties = [(p.get("name"), p.get("value")) for p in suite.iter("property")]
    assert ("attempt", "main on rig-1: passed") in properties
    assert ("verdict", "passed") in properties


def test_the_document_for_scripts_is_json_and_names_the_rigs_that_are_out(tmp_path: Path) -> None:
    campaign = a_campaign(
        an_attempt(), rigs=(a_seat(), a_seat("rig-2", out="NO_BOOTLOADER: silent"))
    )
    document = render_result(finished(campaign), evidence=[], junit=tmp_path / "junit.xml")
    read = json.loads(json.dumps(document))
    assert (read["verdict"], read["cases"][0]["layer"]) == ("passed", None)
    assert [rig["state"] for rig in read["rigs"]] == ["free", "quarantined"]
    assert "rig-2 is out (NO_BOOTLOADER): the lab acts." in read["headline"]


def test_a_file_that_could_not_be_written_leaves_the_old_one_whole(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "deep" / "result.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text("utf-8") == "old"


def test_a_verdict_is_told_of_each_revision_for_itself() -> None:
    campaign = a_campaign(an_attempt(), an_attempt(a_case(revision="a"), proven=False))
    assert place_verdict(finished(campaign), PLACE) == "passed"
    assert place_verdict(finished(campaign), ("nano", "a")) == "inconclusive"
