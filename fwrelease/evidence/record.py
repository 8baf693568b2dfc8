"""Record: a statement as the JSON document that is published, written and read back."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fwrelease.errors import UsageFault
from fwrelease.evidence.statement import (
    CAMPAIGN_REPORT,
    STATEMENT_TYPE,
    TEST_RESULT,
    CampaignReport,
    CaseRecord,
    Evidence,
    Proof,
    Result,
    Statement,
)

_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
_HINT = "evidence is written by `hil run --out DIR`, one file per image, board, revision and suite"


def render(statement: Statement) -> dict[str, Any]:
    """Return the statement as the JSON object that is published."""
    common = {
        "schema": 1,
        "campaign": statement.campaign,
        "version": statement.version,
        "board": statement.board,
        "revision": statement.revision,
        "suite": statement.suite,
        "suite_sha256": statement.suite_sha256,
        "finished": statement.finished.astimezone(UTC).isoformat(),
        "harness": statement.harness,
        "rigs": list(statement.rigs),
        "headline": statement.headline,
        "cases": [_render_case(case) for case in statement.cases],
    }
    predicate_type = CAMPAIGN_REPORT
    predicate: dict[str, Any] = {}
    match statement:
        case Evidence():
            predicate_type = TEST_RESULT
            predicate = {
                "result": str(statement.result),
                "configuration": [
                    {"name": statement.suite, "digest": {"sha256": statement.suite_sha256}}
                ],
                "passedTests": list(statement.passed_tests),
                "warnedTests": [],
                "failedTests": list(statement.failed_tests),
                "hil": common
                | {
                    "proof": str(statement.proof),
                    "measurements": {k: list(v) for k, v in statement.measurements.items()},
                },
            }
        case CampaignReport():
            predicate = {"hil": common | {"verdict": statement.verdict}}
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": statement.image_name, "digest": {"sha256": statement.sha256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def _render_case(case: CaseRecord) -> dict[str, str]:
    return {
        "case": case.case,
        "verdict": case.verdict,
        "layer": case.layer,
        "code": case.code,
        "signature": case.signature,
        "says": case.says,
    }


def parse(document: object, *, name: str) -> Statement:
    """Return the statement in ``document``; ``name`` is the file it came from, for messages.

    Raises:
        UsageFault: it is not a statement that this version can read, and why.
    """
    try:
        return _parse(document)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageFault(
            f"{name}: not a statement that can be read: {reason}", hint=_HINT
        ) from error


def _parse(document: object) -> Statement:
    if not isinstance(document, dict):
        raise TypeError("the document is not an object")
    if document["_type"] != STATEMENT_TYPE:
        raise ValueError(f"_type is {document['_type']!r}, not {STATEMENT_TYPE}")
    (subject,) = document["subject"]
    predicate = document["predicate"]
    ours = predicate["hil"]
    if ours["schema"] != 1:
        raise ValueError(f"schema {ours['schema']} is not known to this version")
    common: dict[str, Any] = {
        "sha256": _sha256(subject["digest"]["sha256"]),
        "image_name": _text(subject["name"]),
        "version": _text(ours["version"]),
        "board": _text(ours["board"]),
        "revision": _text(ours["revision"]),
        "suite": _text(ours["suite"]),
        "suite_sha256": _sha256(ours["suite_sha256"]),
        "campaign": _text(ours["campaign"]),
        "finished": _when(ours["finished"]),
        "harness": _text(ours["harness"]),
        "rigs": tuple(_text(rig) for rig in ours["rigs"]),
        "headline": _text(ours["headline"]),
        "cases": tuple(_case(case) for case in ours["cases"]),
    }
    if document["predicateType"] == CAMPAIGN_REPORT:
        return CampaignReport(**common, verdict=_text(ours["verdict"]))
    if document["predicateType"] != TEST_RESULT:
        raise ValueError(f"predicateType {document['predicateType']!r} is not known")
    evidence = Evidence(
        **common,
        result=Result(predicate["result"]),
        proof=Proof(ours["proof"]),
        measurements={_text(k): tuple(map(float, v)) for k, v in ours["measurements"].items()},
    )
    _check_agrees(evidence, predicate)
    return evidence


def _check_agrees(evidence: Evidence, predicate: Mapping[str, Any]) -> None:
    """Refuse evidence whose result says something else than its cases; doubt never passes."""
    if list(evidence.passed_tests) != predicate["passedTests"]:
        raise ValueError("passedTests and hil.cases disagree")
    clean = bool(evidence.cases) and not evidence.failed_tests
    if (evidence.result is Result.PASSED) != clean:
        raise ValueError(f"result is {evidence.result}, its cases say otherwise")


def _case(value: Mapping[str, Any]) -> CaseRecord:
    return CaseRecord(
        case=_text(value["case"]),
        verdict=_text(value["verdict"]),
        layer=_text(value["layer"]),
        code=_text(value["code"]),
        signature=_text(value["signature"]),
        says=_text(value["says"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _sha256(value: object) -> str:
    if not isinstance(value, str) or not _HEX_SHA256.fullmatch(value):
        raise ValueError(f"{value!r} is not a SHA-256 in lower-case hex")
    return value


def _when(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return moment.astimezone(UTC)
