"""Judge: how every rule of a policy stands for a build."""

from fwrelease.gates.bench import POLICY_OWNER, Bench, set_benches
from fwrelease.gates.ceiling import judge_measurement, judge_size
from fwrelease.gates.inputs import GateInputs
from fwrelease.gates.policy import NoDemand
from fwrelease.gates.requirement import Requirement, summarise
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule, Rule, SuitesRule
from fwrelease.gates.suites import judge_suites


def judge(inputs: GateInputs) -> tuple[Requirement, ...]:
    """Return how every rule stands; where nothing can be asked, that is the one requirement."""
    if isinstance(inputs.demand, NoDemand):
        return (_refuse(inputs.demand),)
    benches = set_benches(inputs, inputs.demand)
    return tuple(_judge_rule(rule, benches) for rule in inputs.demand.rules)


def _judge_rule(rule: Rule, benches: tuple[Bench, ...]) -> Requirement:
    match rule:
        case SuitesRule():
            return judge_suites(rule, benches)
        case MeasurementRule():
            findings = tuple(judge_measurement(rule, bench) for bench in benches)
            return summarise(rule, "measurement", findings, remedy="")
        case ImageSizeRule():
            findings = tuple(judge_size(rule, bench) for bench in benches)
            return summarise(rule, "image_size", findings, remedy="")


def _refuse(demand: NoDemand) -> Requirement:
    return Requirement(
        id="policy",
        kind="policy",
        verdict=demand.verdict,
        says=demand.says,
        evidence=(),
        since=None,
        owner=POLICY_OWNER,
        next_change_due=None,
        waivable_by=(),
        remedy="",
    )
