"""Gate: a question with a policy. May this build enter this context, and what says so?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fwrelease.gates.counterfactual import find_facts
from fwrelease.gates.fact import Fact
from fwrelease.gates.headline import write_headline
from fwrelease.gates.inputs import GateInputs
from fwrelease.gates.judge import judge
from fwrelease.gates.record import write_inputs
from fwrelease.gates.requirement import Requirement
from fwrelease.verdict import Verdict, worst

ENGINE_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The whole answer of a gate; it explains itself and can be had again from its inputs."""

    version: str
    context: str
    verdict: Verdict
    headline: str
    requirements: tuple[Requirement, ...]
    would_change_if: tuple[Fact, ...]
    as_of: datetime
    inputs_sha256: str
    policy_sha256: str | None
    engine_version: int

    @property
    def may_enter(self) -> bool:
        """Whether the build may go on; every doubt says no."""
        return self.verdict <= Verdict.WAIVED


def decide(inputs: GateInputs) -> Decision:
    """Answer the question; the verdict is the worst of all requirements."""
    requirements = judge(inputs)
    verdict = worst(requirement.verdict for requirement in requirements)
    return Decision(
        version=inputs.build.version,
        context=inputs.context,
        verdict=verdict,
        headline=write_headline(
            requirements, verdict, version=inputs.build.version, context=inputs.context
        ),
        requirements=requirements,
        would_change_if=find_facts(inputs),
        as_of=inputs.now,
        inputs_sha256=hashlib.sha256(write_inputs(inputs)).hexdigest(),
        policy_sha256=inputs.demand.policy_sha256,
        engine_version=ENGINE_VERSION,
    )
