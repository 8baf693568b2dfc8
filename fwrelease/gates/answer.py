"""Answer: a decision as the JSON document that programs read (docs/schemas/gate-check.json)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785

from fwrelease.gates.fact import (
    EvidenceGone,
    Fact,
    ImageHas,
    MeasuredAtMost,
    PolicyAsks,
    SuitePasses,
    name_fact,
    say_fact,
)
from fwrelease.gates.gate import Decision
from fwrelease.gates.inputs import Target
from fwrelease.gates.record import write_time
from fwrelease.gates.requirement import Requirement

Json = Mapping[str, Any]


def render_decision(decision: Decision) -> dict[str, Any]:
    """Return the decision as a JSON object, without the head of the ledger it is recorded in."""
    return {
        "schema": 1,
        "version": decision.version,
        "context": decision.context,
        "verdict": decision.verdict.word,
        "headline": decision.headline,
        "requirements": [_render_requirement(item) for item in decision.requirements],
        "would_change_if": [_render_fact(fact) for fact in decision.would_change_if],
        "as_of": write_time(decision.as_of),
        "inputs_sha256": decision.inputs_sha256,
        "policy_sha256": decision.policy_sha256,
        "engine_version": decision.engine_version,
    }


def write_decision(decision: Decision) -> bytes:
    """Return the decision as canonical JSON; this is what a replay is compared with."""
    return rfc8785.dumps(render_decision(decision))


def _render_requirement(item: Requirement) -> Json:
    return {
        "id": item.id,
        "kind": item.kind,
        "verdict": item.verdict.word,
        "says": item.says,
        "evidence": list(item.evidence),
        "since": _render_moment(item.since),
        "owner": item.owner,
        "next_change_due": _render_moment(item.next_change_due),
        "waivable_by": list(item.waivable_by),
        "remedy": item.remedy,
    }


def _render_moment(moment: datetime | None) -> str | None:
    return write_time(moment) if moment else None


def _render_fact(fact: Fact) -> Json:
    common = {"fact": name_fact(fact), "says": say_fact(fact)}
    match fact:
        case SuitePasses():
            return {**common, **_render_target(fact.target), "suite": fact.suite}
        case MeasuredAtMost():
            value = {"measurement": fact.measurement, "value": fact.value}
            return {**common, **_render_target(fact.target), **value}
        case EvidenceGone():
            return {**common, "evidence": fact.sha256}
        case ImageHas():
            size = {"image_sha256": fact.image_sha256, "size_bytes": fact.size_bytes}
            return {**common, "board": fact.board, **size}
        case PolicyAsks():
            return {**common, "context": fact.context}


def _render_target(target: Target) -> Json:
    return {
        "board": target.board,
        "revision": target.revision,
        "image_sha256": target.image_sha256,
    }
