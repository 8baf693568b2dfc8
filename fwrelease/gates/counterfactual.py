"""Counterfactual: which facts, were they otherwise, would change the answer of a gate.

Refused: the facts that together let the build in; with one of them left out they do not.
Passed: each single fact whose loss alone keeps the build out.
"""

from functools import reduce

from fwrelease.evidence.statement import Result
from fwrelease.gates.bench import Bench, find_failures, set_benches
from fwrelease.gates.ceiling import find_excesses, judge_measurement, judge_size
from fwrelease.gates.fact import (
    EvidenceGone,
    Fact,
    ImageHas,
    MeasuredAtMost,
    PolicyAsks,
    SuitePasses,
    apply_fact,
)
from fwrelease.gates.inputs import Exhibit, GateInputs
from fwrelease.gates.judge import judge
from fwrelease.gates.policy import NoDemand
from fwrelease.gates.requirement import Finding
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule, Rule, SuitesRule
from fwrelease.gates.suites import judge_suite
from fwrelease.verdict import Verdict, worst

# Taking away what failed may uncover what is missing, which may uncover nothing further.
_ROUNDS = 3


def may_pass(inputs: GateInputs) -> bool:
    """Say whether the build may go on."""
    return worst(requirement.verdict for requirement in judge(inputs)) <= Verdict.WAIVED


def find_facts(inputs: GateInputs) -> tuple[Fact, ...]:
    """Return what would change the answer; empty where no fact of the known kinds can."""
    return find_losses(inputs) if may_pass(inputs) else find_needs(inputs)


def find_needs(inputs: GateInputs) -> tuple[Fact, ...]:
    """Return facts that together flip a refusal, none of them superfluous."""
    needs: tuple[Fact, ...] = ()
    for _ in range(_ROUNDS):
        imagined = reduce(apply_fact, needs, inputs)
        if may_pass(imagined):
            return _thin_out(inputs, needs)
        needs = tuple(dict.fromkeys((*needs, *_list_needs(imagined))))
    if may_pass(reduce(apply_fact, needs, inputs)):
        return _thin_out(inputs, needs)
    # No evidence can meet this policy, such as one that wants signatures and knows no key.
    other_policy = PolicyAsks(context=inputs.context)
    return (other_policy,) if may_pass(apply_fact(inputs, other_policy)) else ()


def find_losses(inputs: GateInputs) -> tuple[Fact, ...]:
    """Return each fact whose loss alone flips a pass."""
    cited = {sha256 for requirement in judge(inputs) for sha256 in requirement.evidence}
    losses: list[Fact] = [_gone(item) for item in inputs.exhibits if item.sha256 in cited]
    if not isinstance(inputs.demand, NoDemand):
        losses += [
            ImageHas(
                image_sha256=artifact.sha256,
                board=artifact.board,
                size_bytes=rule.at_most_bytes + 1,
            )
            for rule in inputs.demand.rules
            if isinstance(rule, ImageSizeRule)
            for artifact in inputs.build.artifacts
        ]
    return tuple(fact for fact in losses if not may_pass(apply_fact(inputs, fact)))


def _thin_out(inputs: GateInputs, needs: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Leave out, one after another, every fact without which the rest still flips the answer."""
    kept = list(needs)
    for fact in needs:
        rest = [other for other in kept if other != fact]
        if may_pass(reduce(apply_fact, rest, inputs)):
            kept = rest
    return tuple(kept)


def _list_needs(inputs: GateInputs) -> tuple[Fact, ...]:
    if isinstance(inputs.demand, NoDemand):
        return (PolicyAsks(context=inputs.context),)
    benches = set_benches(inputs, inputs.demand)
    return tuple(
        fact
        for rule in inputs.demand.rules
        for bench in benches
        for fact in _list_rule_needs(rule, bench)
    )


def _list_rule_needs(rule: Rule, bench: Bench) -> tuple[Fact, ...]:
    match rule:
        case SuitesRule():
            return tuple(
                fact
                for suite in rule.suites
                if _is_open(judge_suite(rule, suite, bench))
                for fact in _list_suite_needs(suite, bench)
            )
        case MeasurementRule() if _is_open(judge_measurement(rule, bench)):
            excesses = tuple(_gone(item) for item in find_excesses(bench, rule))
            return excesses or (
                MeasuredAtMost(
                    target=bench.target, measurement=rule.measurement, value=rule.at_most
                ),
            )
        case ImageSizeRule() if _is_open(judge_size(rule, bench)):
            target = bench.target
            return (
                ImageHas(
                    image_sha256=target.image_sha256,
                    board=target.board,
                    size_bytes=rule.at_most_bytes,
                ),
            )
        case _:
            return ()


def _list_suite_needs(suite: str, bench: Bench) -> tuple[Fact, ...]:
    failures = tuple(_gone(item) for item in find_failures(bench, suite))
    return failures or (SuitePasses(target=bench.target, suite=suite),)


def _is_open(finding: Finding) -> bool:
    return finding.verdict > Verdict.WAIVED


def _gone(exhibit: Exhibit) -> EvidenceGone:
    word = "passed" if exhibit.result is Result.PASSED else "failed"
    place = f"{exhibit.board} revision {exhibit.revision}"
    return EvidenceGone(sha256=exhibit.sha256, about=f"{exhibit.suite} {word} on {place}")
