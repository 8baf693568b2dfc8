"""Report: a campaign's result as evidence, as JUnit XML and as the JSON that scripts read."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from fwrelease.evidence.image import Image
from fwrelease.evidence.record import render
from fwrelease.evidence.statement import (
    CampaignReport,
    CaseRecord,
    Evidence,
    Proof,
    Result,
    Statement,
)
from hil.campaigns.campaign import BUSY, DISABLED, HELD, Campaign, Place, RigSeat
from hil.campaigns.record import render_attempt
from hil.campaigns.result import (
    AGAINST_THE_IMAGE,
    CampaignResult,
    CaseResult,
    CaseVerdict,
    Unproven,
)
from hil.history import SuiteRun
from hil.scheduling.bounds import Estimate

_CONFIRMED = frozenset({CaseVerdict.FAILED, CaseVerdict.PRE_EXISTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A campaign that has ended, with all that its reports need."""

    campaign: Campaign
    result: CampaignResult
    run: SuiteRun
    images: Mapping[Place, Image]
    names: Mapping[Place, str]
    finished: datetime
    wall_s: float
    estimate: Estimate | None
    unproven: Unproven


def place_verdict(finished: Finished, place: Place) -> str:
    """Return what the campaign says of the image on one board and revision."""
    cases = _of_place(finished.result.cases, place)
    verdicts = {case.verdict for case in cases}
    if verdicts & AGAINST_THE_IMAGE:
        return "failed"
    good = bool(cases) and verdicts <= finished.unproven.good_verdicts
    return "passed" if good and finished.result.sees_red else "inconclusive"


def statements(finished: Finished) -> list[Statement]:
    """Return one statement per board and revision: evidence, or a report that proves nothing."""
    return [_statement(finished, place) for place in sorted(finished.images)]


def _statement(finished: Finished, place: Place) -> Statement:
    cases = _of_place(finished.result.cases, place)
    image = finished.images[place]
    common: dict[str, Any] = {
        "sha256": image.sha256,
        "image_name": finished.names[place],
        "version": image.shown_version,
        "board": place[0],
        "revision": place[1],
        "suite": finished.run.suite,
        "suite_sha256": finished.run.suite_sha256,
        "campaign": finished.run.campaign,
        "finished": finished.finished,
        "harness": finished.run.harness,
        "rigs": tuple(sorted({a.rig for case in cases for a in case.attempts})),
        "cases": tuple(_case_record(case) for case in cases),
        "headline": finished.result.headline,
    }
    verdict = place_verdict(finished, place)
    confirmed = any(case.verdict in _CONFIRMED for case in cases)
    if verdict == "passed" or (verdict == "failed" and confirmed):
        unproven = any(case.verdict is CaseVerdict.UNPROVEN for case in cases)
        return Evidence(
            **common,
            result=Result.PASSED if verdict == "passed" else Result.FAILED,
            proof=Proof.UNPROVEN if unproven else Proof.ON_BOARD,
            measurements=_measurements(cases, finished.campaign),
        )
    return CampaignReport(**common, verdict=verdict)


def _case_record(case: CaseResult) -> CaseRecord:
    accepted = case.verdict is CaseVerdict.UNPROVEN
    return CaseRecord(
        case=case.case.case,
        verdict="passed" if accepted else str(case.verdict),
        layer=case.layer,
        code=case.code,
        signature=case.signature,
        says=case.says,
    )


def _measurements(cases: Sequence[CaseResult], campaign: Campaign) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for case in cases:
        for attempt in campaign.answers(case.case):
            for name, value in attempt.measurements.items():
                found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in sorted(found.items())}


def _of_place(cases: Iterable[CaseResult], place: Place) -> list[CaseResult]:
    return [case for case in cases if case.case.place == place]


def write_whole(path: Path, text: str) -> Path:
    """Write a file so that it is there whole or not at all, whatever ends this process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    return path


def write_evidence(finished: Finished, out: Path) -> list[Path]:
    """Write every statement of a campaign; returns the paths of those that are evidence."""
    paths = []
    for statement in statements(finished):
        is_evidence = isinstance(statement, Evidence)
        folder = out / ("evidence" if is_evidence else "reports")
        name = f"{statement.board}-{statement.revision}-{statement.suite}.json"
        text = json.dumps(render(statement), indent=2, sort_keys=True) + "\n"
        path = write_whole(folder / name, text)
        if is_evidence:
            paths.append(path)
    return paths


def write_junit(finished: Finished, path: Path) -> Path:
    """Write JUnit XML: the product's failures are failures, the lab's are errors."""
    suite = ET.Element("testsuite", name=finished.run.suite)
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for case in finished.result.cases:
        counts["tests"] += 1
        kind = _add_case(suite, case)
        if kind:
            counts[kind] += 1
    for name, count in counts.items():
        suite.set(name, str(count))
    suite.set("time", f"{finished.wall_s:.3f}")
    suite.set("timestamp", finished.finished.isoformat())
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return write_whole(path, ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _add_case(suite: ET.Element, case: CaseResult) -> str:
    seconds = sum(attempt.duration_s for attempt in case.attempts)
    where = f"{case.case.board}.{case.case.revision}"
    element = ET.SubElement(
        suite, "testcase", classname=where, name=case.case.case, time=f"{seconds:.3f}"
    )
    properties = ET.SubElement(element, "properties")
    for name, value in _properties(case):
        ET.SubElement(properties, "property", name=name, value=value)
    match case.verdict:
        case CaseVerdict.PASSED:
            return ""
        case CaseVerdict.NOT_RUN:
            ET.SubElement(element, "skipped", message=_xml_text(case.says))
            return "skipped"
        case verdict:
            against = verdict in AGAINST_THE_IMAGE
            tag, kind = ("failure", "failures") if against else ("error", "errors")
            detail = ET.SubElement(element, tag, type=case.code, message=_xml_text(case.says))
            lines = [line for each in case.attempts for line in (each.says, *each.backtrace)]
            detail.text = "\n".join(map(_xml_text, lines))
            return kind


def _properties(case: CaseResult) -> Iterable[tuple[str, str]]:
    yield "verdict", str(case.verdict)
    yield "layer", case.layer
    for attempt in case.attempts:
        yield "attempt", f"{attempt.wave} on {attempt.rig}: {attempt.outcome}"
    for digest in sorted({attempt.image_sha256 for attempt in case.attempts}):
        yield "image_sha256", digest


def _xml_text(text: str) -> str:
    """Return text without what XML 1.0 cannot carry (its section 2.2)."""
    return "".join(c if c in "\t\n" or " " <= c <= "\ud7ff" else "\ufffd" for c in text)


def render_result(finished: Finished, *, evidence: Sequence[Path], junit: Path) -> dict[str, Any]:
    """Return the document that ``hil run --format json`` prints."""
    estimate = finished.estimate
    return {
        "schema": 1,
        "campaign": finished.run.campaign,
        "suite": finished.run.suite,
        "images": [
            {
                "board": board,
                "revision": revision,
                "version": image.shown_version,
                "image_sha256": image.sha256,
            }
            for (board, revision), image in sorted(finished.images.items())
        ],
        "verdict": str(finished.result.verdict),
        "headline": finished.result.headline,
        "cases": [_render_case(case) for case in finished.result.cases],
        "rigs": [
            {
                "rig": seat.rig,
                "board": seat.board,
                "revision": seat.revision,
                "state": seat_state(seat),
                "reason": seat.out_because,
            }
            for seat in finished.campaign.rigs
        ],
        "plan": {
            "lower_bound_s": estimate.lower_bound_s if estimate else None,
            "eta_p50_s": estimate.eta_p50_s if estimate else None,
            "eta_p95_s": estimate.eta_p95_s if estimate else None,
        },
        "wall_s": round(finished.wall_s, 3),
        "evidence": [str(path) for path in evidence],
        "junit": str(junit),
    }


_STATE_OF = {BUSY: "leased", HELD: "held", DISABLED: "disabled"}


def seat_state(seat: RigSeat) -> str:
    """Return the state of a rig that took part, or why it did not, in the word of `rig list`."""
    if not seat.out_because:
        return "free"
    return _STATE_OF.get(seat.out_because.partition(":")[0], "quarantined")


def _render_case(case: CaseResult) -> dict[str, Any]:
    return {
        "case": case.case.case,
        "board": case.case.board,
        "revision": case.case.revision,
        "verdict": str(case.verdict),
        "layer": case.layer or None,
        "code": case.code or None,
        "signature": case.signature or None,
        "says": case.says,
        "attempts": [
            {key: value for key, value in render_attempt(attempt).items() if key != "case"}
            for attempt in case.attempts
        ],
    }
