"""Record: the inputs of a decision as canonical JSON (RFC 8785), from which it is replayed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

from fwrelease.builds.build import Artifact, Build
from fwrelease.errors import IntegrityFault
from fwrelease.evidence.statement import Proof, Result
from fwrelease.gates.inputs import Exhibit, FailedCase, GateInputs, Measured, Report
from fwrelease.gates.policy import Demand, NoDemand, Unsigned
from fwrelease.gates.rule import (
    ImageSizeRule,
    MeasurementRule,
    ProofNeeded,
    Rule,
    SuitesRule,
)
from fwrelease.verdict import Verdict

Json = Mapping[str, Any]


def write_inputs(inputs: GateInputs) -> bytes:
    """Return the inputs as canonical JSON; equal inputs are equal bytes."""
    return rfc8785.dumps(
        {
            "schema": 1,
            "context": inputs.context,
            "now": write_time(inputs.now),
            "build": _render_build(inputs.build),
            "registered_at": write_time(inputs.registered_at),
            "demand": _render_demand(inputs.demand),
            "exhibits": [_render_exhibit(item) for item in inputs.exhibits],
            "reports": [_render_report(item) for item in inputs.reports],
        }
    )


def read_inputs(data: bytes) -> GateInputs:
    """Return the inputs that ``write_inputs`` wrote.

    Raises:
        IntegrityFault: they are not such inputs, or of a schema this version does not know.
    """
    try:
        return _read_inputs(json.loads(data))
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityFault(
            f"the inputs of the decision cannot be read: {error}",
            hint="a newer fwrelease may have written them; replay with that version",
        ) from error


def write_time(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _read_inputs(document: Json) -> GateInputs:
    if document["schema"] != 1:
        raise ValueError(f"schema {document['schema']} is not known")
    return GateInputs(
        context=document["context"],
        now=datetime.fromisoformat(document["now"]),
        build=_read_build(document["build"]),
        registered_at=datetime.fromisoformat(document["registered_at"]),
        demand=_read_demand(document["demand"]),
        exhibits=tuple(_read_exhibit(item) for item in document["exhibits"]),
        reports=tuple(_read_report(item) for item in document["reports"]),
    )


def _render_build(build: Build) -> Json:
    artifacts = [
        {
            "board": artifact.board,
            "revisions": list(artifact.revisions),
            "sha256": artifact.sha256,
            "size_bytes": artifact.size_bytes,
            "build_id": artifact.build_id,
        }
        for artifact in build.artifacts
    ]
    return {
        "version": build.version,
        "product": build.product,
        "commit": build.commit,
        "artifacts": artifacts,
    }


def _read_build(value: Json) -> Build:
    artifacts = tuple(
        Artifact(**{**item, "revisions": tuple(item["revisions"])}) for item in value["artifacts"]
    )
    return Build(**{**value, "artifacts": artifacts})


def _render_demand(demand: Demand | NoDemand) -> Json:
    match demand:
        case NoDemand():
            return {
                "policy_sha256": demand.policy_sha256,
                "verdict": demand.verdict.word,
                "says": demand.says,
            }
        case Demand():
            return {
                "policy_sha256": demand.policy_sha256,
                "rules": [_render_rule(rule) for rule in demand.rules],
                "unsigned": str(demand.unsigned),
                "keys": list(demand.keys),
            }


def _read_demand(value: Json) -> Demand | NoDemand:
    if "verdict" in value:
        return NoDemand(
            policy_sha256=value["policy_sha256"],
            verdict=Verdict[value["verdict"].upper()],
            says=value["says"],
        )
    return Demand(
        policy_sha256=value["policy_sha256"],
        rules=tuple(_read_rule(rule) for rule in value["rules"]),
        unsigned=Unsigned(value["unsigned"]),
        keys=tuple(value["keys"]),
    )


def _render_rule(rule: Rule) -> Json:
    common = {"id": rule.id, "owner": rule.owner, "waivable_by": list(rule.waivable_by)}
    match rule:
        case SuitesRule():
            suites = {"kind": "suites", "suites": list(rule.suites)}
            return {**common, **suites, **_render_needs(rule)}
        case MeasurementRule():
            ceiling = {"measurement": rule.measurement, "at_most": rule.at_most}
            return {**common, "kind": "measurement", **ceiling, **_render_needs(rule)}
        case ImageSizeRule():
            return {**common, "kind": "image_size", "at_most_bytes": rule.at_most_bytes}


def _render_needs(rule: SuitesRule | MeasurementRule) -> Json:
    max_age = rule.max_age
    return {
        "max_age_s": None if max_age is None else max_age / timedelta(seconds=1),
        "proof": rule.proof.value,
    }


def _read_rule(value: Json) -> Rule:
    fields = {name: value[name] for name in value if name not in {"kind", "max_age_s"}}
    fields["waivable_by"] = tuple(value["waivable_by"])
    if value["kind"] == "image_size":
        return ImageSizeRule(**fields)
    seconds = value["max_age_s"]
    fields["max_age"] = None if seconds is None else timedelta(seconds=seconds)
    fields["proof"] = ProofNeeded(value["proof"])
    if value["kind"] == "measurement":
        return MeasurementRule(**fields)
    if value["kind"] != "suites":
        raise ValueError(f"rule kind {value['kind']!r} is not known")
    return SuitesRule(**{**fields, "suites": tuple(value["suites"])})


def _render_exhibit(item: Exhibit) -> Json:
    return {
        "sha256": item.sha256,
        "image_sha256": item.image_sha256,
        "board": item.board,
        "revision": item.revision,
        "suite": item.suite,
        "result": str(item.result),
        "proof": str(item.proof),
        "finished": write_time(item.finished),
        "failed": [{"case": case.case, "layer": case.layer} for case in item.failed],
        "measured": [{"name": one.name, "values": list(one.values)} for one in item.measured],
        "signed_by": list(item.signed_by),
    }


def _read_exhibit(value: Json) -> Exhibit:
    special = {
        "result": Result(value["result"]),
        "proof": Proof(value["proof"]),
        "finished": datetime.fromisoformat(value["finished"]),
        "failed": tuple(FailedCase(**case) for case in value["failed"]),
        "measured": tuple(
            Measured(name=one["name"], values=tuple(map(float, one["values"])))
            for one in value["measured"]
        ),
        "signed_by": tuple(value["signed_by"]),
    }
    return Exhibit(**{**value, **special})


def _render_report(item: Report) -> Json:
    return {
        "sha256": item.sha256,
        "image_sha256": item.image_sha256,
        "board": item.board,
        "revision": item.revision,
        "suite": item.suite,
        "verdict": item.verdict,
        "layer": item.layer,
        "headline": item.headline,
        "finished": write_time(item.finished),
    }


def _read_report(value: Json) -> Report:
    return Report(**{**value, "finished": datetime.fromisoformat(value["finished"])})
