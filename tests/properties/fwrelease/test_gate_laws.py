"""The laws of every gate, whatever its policy and its evidence."""

from dataclasses import replace
from functools import reduce

from hypothesis import given, settings

from fwrelease.gates.counterfactual import may_pass
from fwrelease.gates.fact import apply_fact
from fwrelease.gates.gate import Decision, decide
from fwrelease.gates.inputs import GateInputs
from fwrelease.gates.policy import NoDemand
from fwrelease.gates.record import read_inputs, write_inputs
from fwrelease.verdict import Verdict
from tests.properties.fwrelease.gate_inputs import (
    Worsening,
    gate_inputs,
    no_demands,
    one_thing_made_worse,
    the_world_made_worse,
)

LAWS = settings(max_examples=300, deadline=None)


def standing(decision: Decision) -> int:
    """Return 0 go on, 1 doubt, 2 failed: what scripts see. Kinds of doubt are not compared."""
    if decision.may_enter:
        return 0
    return 2 if decision.verdict is Verdict.FAILED else 1


@LAWS
@given(case=gate_inputs(), worse=one_thing_made_worse() | the_world_made_worse())
def test_worse_inputs_never_make_a_gate_better(case: GateInputs, worse: Worsening) -> None:
    assert standing(decide(worse(case))) >= standing(decide(case))


@LAWS
@given(case=gate_inputs(), demand=no_demands)
def test_a_gate_that_can_ask_nothing_never_passes(case: GateInputs, demand: NoDemand) -> None:
    assert not decide(replace(case, demand=demand)).may_enter


@LAWS
@given(case=gate_inputs())
def test_a_refusal_names_facts_that_together_flip_it_and_none_too_many(case: GateInputs) -> None:
    decision = decide(case)
    if decision.may_enter:
        return
    facts = decision.would_change_if
    assert facts
    assert may_pass(reduce(apply_fact, facts, case))
    for left_out in facts:
        rest = [fact for fact in facts if fact != left_out]
        assert not may_pass(reduce(apply_fact, rest, case))


@LAWS
@given(case=gate_inputs())
def test_a_pass_names_exactly_the_evidence_whose_loss_alone_flips_it(case: GateInputs) -> None:
    decision = decide(case)
    if not decision.may_enter:
        return
    for fact in decision.would_change_if:
        assert not may_pass(apply_fact(case, fact))
    named = {getattr(fact, "sha256", "") for fact in decision.would_change_if}
    for lost in case.exhibits:
        rest = tuple(item for item in case.exhibits if item is not lost)
        flips = not may_pass(replace(case, exhibits=rest))
        assert flips == (lost.sha256 in named)


@LAWS
@given(case=gate_inputs())
def test_the_same_inputs_read_back_are_decided_alike(case: GateInputs) -> None:
    again = read_inputs(write_inputs(case))
    assert again == case
    assert decide(again) == decide(case)


@LAWS
@given(case=gate_inputs())
def test_the_verdict_is_the_worst_of_its_requirements_and_somebody_acts(case: GateInputs) -> None:
    decision = decide(case)
    assert decision.verdict == max(item.verdict for item in decision.requirements)
    assert all(item.says and item.owner for item in decision.requirements)
