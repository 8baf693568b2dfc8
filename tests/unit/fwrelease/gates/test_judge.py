"""How the rules of a gate stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fwrelease.evidence.statement import Proof
from fwrelease.gates.gate import Decision, decide
from fwrelease.gates.inputs import Exhibit
from fwrelease.gates.policy import NoDemand, Unsigned
from fwrelease.gates.rule import ProofNeeded
from fwrelease.verdict import Verdict
from tests.support.release import (
    DAY,
    NOON,
    WEEK,
    a_build,
    a_demand,
    a_failure,
    a_measurement,
    an_exhibit,
    an_inconclusive,
    boot_rule,
    inputs_of,
    size_rule,
    smoke_rule,
)


def says(decision: Decision) -> str:
    return decision.requirements[0].says


def test_a_build_with_proven_evidence_for_every_revision_may_enter() -> None:
    decision = decide(inputs_of(an_exhibit("a"), an_exhibit("b")))
    assert decision.verdict is Verdict.PASSED
    assert decision.headline == "1.1.0 may enter ring canary: its one requirement holds."
    assert says(decision) == "smoke passed on nano-v2 revisions a, b"


def test_one_revision_without_evidence_is_missing_and_names_the_command_that_produces_it() -> None:
    decision = decide(inputs_of(an_exhibit("a")))
    assert decision.verdict is Verdict.MISSING
    assert says(decision) == "smoke is missing on nano-v2 revision b: no campaign has run it"
    assert "The lab acts: hil run --suite smoke --image nano-v2:b=vault/" in decision.headline
    assert decision.requirements[0].owner == "lab"


def test_a_confirmed_failure_names_case_layer_and_who_acts() -> None:
    decision = decide(inputs_of(an_exhibit("a"), a_failure("b")))
    assert decision.verdict is Verdict.FAILED
    assert decision.headline == (
        "1.1.0 may not enter ring canary: smoke failed on nano-v2 revision b (selftest, product)."
        " The firmware team acts."
    )


@pytest.mark.parametrize("age", [timedelta(0), DAY, 10 * WEEK])
def test_a_failure_is_outvoted_by_no_later_pass_and_does_not_grow_old(age: timedelta) -> None:
    failure = a_failure("b", finished=NOON - age - DAY)
    later = an_exhibit("b", finished=NOON - age)
    assert decide(inputs_of(an_exhibit("a"), failure, later)).verdict is Verdict.FAILED


def test_evidence_for_another_image_or_board_or_revision_does_not_count() -> None:
    for other in (
        an_exhibit("b", image_sha256="0" * 64),
        an_exhibit("b", board="nano-v9"),
        an_exhibit("c"),
    ):
        assert decide(inputs_of(an_exhibit("a"), other)).verdict is Verdict.MISSING


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(WEEK, Verdict.PASSED), (WEEK + timedelta(microseconds=1), Verdict.STALE)],
)
def test_evidence_is_stale_once_it_is_older_than_the_rule_allows(
    age: timedelta, verdict: Verdict
) -> None:
    aged = an_exhibit("b", finished=NOON - age)
    assert decide(inputs_of(an_exhibit("a"), aged)).verdict is verdict


def test_a_pass_says_when_it_will_grow_stale() -> None:
    decision = decide(inputs_of(an_exhibit("a", finished=NOON - DAY), an_exhibit("b")))
    assert decision.requirements[0].next_change_due == NOON - DAY + WEEK


def test_unproven_evidence_counts_only_where_the_rule_says_so() -> None:
    exhibits = (an_exhibit("a"), an_exhibit("b", proof=Proof.UNPROVEN))
    assert decide(inputs_of(*exhibits)).verdict is Verdict.MISSING
    lenient = a_demand(smoke_rule(proof=ProofNeeded.NONE))
    assert decide(inputs_of(*exhibits, demand=lenient)).verdict is Verdict.PASSED


def test_where_unsigned_evidence_is_refused_only_a_known_key_speaks_for_the_build() -> None:
    demand = a_demand(unsigned=Unsigned.REFUSED, keys=("lab",))

    def verdict(*signed_by: str) -> Verdict:
        exhibits = [an_exhibit(revision, signed_by=signed_by) for revision in "ab"]
        return decide(inputs_of(*exhibits, demand=demand)).verdict

    assert verdict("lab") is Verdict.PASSED
    assert verdict() is Verdict.MISSING
    assert verdict("a key that was struck off") is Verdict.MISSING


def test_an_unsigned_failure_counts_even_where_unsigned_evidence_is_refused() -> None:
    demand = a_demand(unsigned=Unsigned.REFUSED, keys=("lab",))
    assert decide(inputs_of(a_failure(), demand=demand)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("layer", "acts"),
    [("rig", "lab"), ("test", "owner of the test"), ("product", "firmware team")],
)
def test_a_campaign_that_proved_nothing_satisfies_nothing_and_says_who_acts(
    layer: str, acts: str
) -> None:
    decision = decide(inputs_of(an_exhibit("a"), reports=(an_inconclusive("b", layer=layer),)))
    assert decision.verdict is Verdict.MISSING
    assert says(decision) == (
        "smoke is missing on nano-v2 revision b:"
        " its last campaign was inconclusive: bench-1 has no power"
    )
    assert decision.requirements[0].owner == acts


def test_a_failure_that_nothing_confirmed_casts_doubt_on_an_older_pass_only() -> None:
    passes = (an_exhibit("a"), an_exhibit("b", finished=NOON))
    newer = an_inconclusive("b", verdict="failed", finished=NOON + timedelta(seconds=1))
    older = an_inconclusive("b", verdict="failed", finished=NOON)
    assert decide(inputs_of(*passes, reports=(newer,))).verdict is Verdict.MISSING
    assert decide(inputs_of(*passes, reports=(older,))).verdict is Verdict.PASSED


def test_an_inconclusive_campaign_takes_nothing_away_from_a_pass() -> None:
    reports = (an_inconclusive("b", finished=NOON + DAY),)
    assert decide(inputs_of(an_exhibit("a"), an_exhibit("b"), reports=reports)).may_enter


def test_the_largest_value_ever_measured_decides() -> None:
    demand = a_demand(boot_rule(at_most=500))

    def decision(*values: float) -> Decision:
        exhibits: list[Exhibit] = [a_measurement(value, "b") for value in values]
        return decide(inputs_of(a_measurement(100, "a"), *exhibits, demand=demand))

    assert decision(500).verdict is Verdict.PASSED
    assert decision(612, 400).verdict is Verdict.FAILED
    assert says(decision(612, 400)) == (
        "boot_ms is 612, above the ceiling of 500, on nano-v2 revision b"
    )
    assert decision().verdict is Verdict.MISSING


def test_a_measurement_can_grow_stale_too() -> None:
    demand = a_demand(boot_rule(max_age=DAY))
    old = a_measurement(100, "b", finished=NOON - 2 * DAY)
    decision = decide(inputs_of(a_measurement(100, "a"), old, demand=demand))
    assert decision.verdict is Verdict.STALE
    assert decision.requirements[0].owner == "lab"


@pytest.mark.parametrize(("size", "verdict"), [(2000, Verdict.PASSED), (2001, Verdict.FAILED)])
def test_an_image_may_be_as_large_as_the_rule_says(size: int, verdict: Verdict) -> None:
    build = a_build(size_bytes=size)
    assert decide(inputs_of(demand=a_demand(size_rule(2000)), build=build)).verdict is verdict


def test_every_board_of_the_build_must_be_covered() -> None:
    build = a_build("nano-v2", "micro-v1")
    decision = decide(inputs_of(an_exhibit("a"), an_exhibit("b"), build=build))
    assert decision.verdict is Verdict.MISSING
    assert says(decision).startswith("smoke is missing on micro-v1 revisions a, b")


def test_a_build_without_images_never_passes() -> None:
    demand = a_demand(smoke_rule(), boot_rule(), size_rule())
    decision = decide(inputs_of(demand=demand, build=replace(a_build(), artifacts=())))
    assert decision.verdict is Verdict.MISSING
    assert decision.would_change_if == ()


def test_where_nothing_can_be_asked_the_policy_is_the_requirement() -> None:
    demand = NoDemand(policy_sha256=None, verdict=Verdict.MISSING, says="there is no policy")
    decision = decide(inputs_of(an_exhibit("a"), an_exhibit("b"), demand=demand))
    assert decision.verdict is Verdict.MISSING
    assert decision.headline == (
        "1.1.0 may not enter ring canary: there is no policy. The keeper of policy.yaml acts."
    )


def test_the_headline_counts_what_else_is_not_met() -> None:
    demand = a_demand(smoke_rule(), boot_rule())
    decision = decide(inputs_of(a_failure("b"), demand=demand))
    assert "; and 1 more requirement not met" in decision.headline


def test_a_long_list_is_cut_and_says_how_much_more_there_is() -> None:
    build = a_build(*(f"board-{index}" for index in range(9)))
    assert says(decide(inputs_of(build=build))).endswith("; and 5 more")
