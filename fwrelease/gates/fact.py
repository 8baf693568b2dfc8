"""Fact: one thing that could be otherwise; applied to the inputs, the gate can be asked again."""

from dataclasses import dataclass, replace
from datetime import timedelta

from fwrelease.evidence.statement import Proof, Result
from fwrelease.gates.inputs import Exhibit, GateInputs, Measured, Target, list_targets
from fwrelease.gates.policy import Demand
from fwrelease.gates.rule import ImageSizeRule

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitePasses:
    """A suite passes now on one target, proven and signed by a key that counts."""

    target: Target
    suite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredAtMost:
    """A measurement is taken now on one target, proven, and is no more than ``value``."""

    target: Target
    measurement: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceGone:
    """A piece of evidence is not there: ``about`` says what it says."""

    sha256: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHas:
    """The image of a board has another size."""

    image_sha256: str
    board: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAsks:
    """The policy has rules for the context, and the build meets them."""

    context: str


Fact = SuitePasses | MeasuredAtMost | EvidenceGone | ImageHas | PolicyAsks


def apply_fact(inputs: GateInputs, fact: Fact) -> GateInputs:
    """Return the inputs as they would be if ``fact`` held."""
    match fact:
        case SuitePasses():
            return _add(inputs, _exhibit(inputs, fact.target, suite=fact.suite))
        case MeasuredAtMost():
            measured = (Measured(name=fact.measurement, values=(fact.value,)),)
            return _add(inputs, replace(_exhibit(inputs, fact.target, suite=""), measured=measured))
        case EvidenceGone():
            left = tuple(item for item in inputs.exhibits if item.sha256 != fact.sha256)
            return replace(inputs, exhibits=left)
        case ImageHas():
            return _resize(inputs, fact)
        case PolicyAsks():
            return _demand_little(inputs)


def name_fact(fact: Fact) -> str:
    """Return the name of the fact's kind as programs read it."""
    match fact:
        case SuitePasses():
            return "suite_passes"
        case MeasuredAtMost():
            return "measured_at_most"
        case EvidenceGone():
            return "evidence_gone"
        case ImageHas():
            return "image_has"
        case PolicyAsks():
            return "policy_asks"


def say_fact(fact: Fact) -> str:
    """Return the fact as a sentence."""
    match fact:
        case SuitePasses():
            return f"{fact.suite} passes on {_place(fact.target)}, proven"
        case MeasuredAtMost():
            return (
                f"{fact.measurement} is measured on {_place(fact.target)}: at most {fact.value:g}"
            )
        case EvidenceGone():
            return f"without the evidence {fact.sha256[:12]} ({fact.about})"
        case ImageHas():
            return f"the image for {fact.board} has {fact.size_bytes} bytes"
        case PolicyAsks():
            return f"the policy has rules for {fact.context}, and the build meets them"


def _place(target: Target) -> str:
    return f"{target.board} revision {target.revision}"


def _add(inputs: GateInputs, exhibit: Exhibit) -> GateInputs:
    return replace(inputs, exhibits=(*inputs.exhibits, exhibit))


def _exhibit(inputs: GateInputs, target: Target, *, suite: str) -> Exhibit:
    """Return a pass that finishes last of all, and that every policy lets count."""
    demand = inputs.demand
    last = max((report.finished for report in inputs.reports), default=inputs.now)
    return Exhibit(
        sha256=f"{len(inputs.exhibits):064x}",
        image_sha256=target.image_sha256,
        board=target.board,
        revision=target.revision,
        suite=suite,
        result=Result.PASSED,
        proof=Proof.ON_BOARD,
        finished=max(last, inputs.now) + _MOMENT,
        signed_by=demand.keys if isinstance(demand, Demand) else (),
    )


def _resize(inputs: GateInputs, fact: ImageHas) -> GateInputs:
    artifacts = tuple(
        replace(artifact, size_bytes=fact.size_bytes)
        if artifact.sha256 == fact.image_sha256
        else artifact
        for artifact in inputs.build.artifacts
    )
    return replace(inputs, build=replace(inputs.build, artifacts=artifacts))


def _demand_little(inputs: GateInputs) -> GateInputs:
    largest = max((target.size_bytes for target in list_targets(inputs.build)), default=0)
    rule = ImageSizeRule(id="any", owner="", waivable_by=(), at_most_bytes=largest)
    return replace(inputs, demand=Demand(policy_sha256="", rules=(rule,)))
