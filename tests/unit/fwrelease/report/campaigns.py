"""Builders for what a campaign leaves in its out folder: a test names only what it is about."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fwrelease.report.campaign import Campaign
from fwrelease.report.campaign_folder import read_campaign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_attempt(
    rig: str = "bench-1",
    outcome: str = "passed",
    *,
    wave: str = "main",
    at_s: float = 0.0,
    **changes: Any,
) -> dict[str, Any]:
    """Return one try, ``at_s`` seconds after noon."""
    failed = outcome != "passed"
    attempt = {
        "rig": rig,
        "wave": wave,
        "ordinal": 1,
        "image_sha256": "c" * 64,
        "outcome": outcome,
        "started": (NOON + timedelta(seconds=at_s)).isoformat(),
        "duration_s": 2.0,
        "transcript": f"/somewhere/else/transcripts/{rig}.log",
        "transcript_to": 10_000,
        "signature": "1:adc" if failed else "",
        "says": "the board answered FAIL" if failed else "",
    }
    return attempt | changes


def a_case(name: str = "selftest", *attempts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a case on nano-v2 revision b, by default passed."""
    case = {
        "case": name,
        "board": "nano-v2",
        "revision": "b",
        "verdict": "passed",
        "layer": None,
        "code": None,
        "signature": None,
        "says": "",
        "attempts": list(attempts or (an_attempt(),)),
    }
    return case | changes


def a_regression(name: str = "selftest", **changes: Any) -> dict[str, Any]:
    """Return a case that failed on bench-1 and was confirmed on both rigs."""
    tries = [
        an_attempt("bench-1", "failed", at_s=0),
        an_attempt("bench-1", "failed", wave="confirm", at_s=10),
        an_attempt("bench-2", "failed", wave="confirm", at_s=10),
        an_attempt("bench-1", wave="control", at_s=20, image_sha256="9" * 64),
        an_attempt("bench-2", wave="control", at_s=20, image_sha256="9" * 64),
    ]
    verdict = {"verdict": "failed", "layer": "product", "code": "WRONG", "signature": "1:adc"}
    return a_case(name, *tries, **(verdict | {"says": "a regression"} | changes))


def a_rig(rig: str, *, state: str = "free", reason: str = "") -> dict[str, Any]:
    """Return a rig as the campaign left it."""
    return {"rig": rig, "board": "nano-v2", "revision": "b", "state": state, "reason": reason}


def a_result(*cases: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return ``result.json`` of a campaign with two rigs."""
    result = {
        "schema": 1,
        "campaign": "c-1",
        "suite": "smoke",
        "images": [
            {"board": "nano-v2", "revision": "b", "version": "1.1.0", "image_sha256": "c" * 64}
        ],
        "verdict": "failed",
        "headline": "1.1.0 fails selftest.",
        "cases": list(cases),
        "rigs": [a_rig("bench-1"), a_rig("bench-2")],
        "plan": {},
        "wall_s": 30.5,
        "evidence": [],
        "junit": "junit.xml",
    }
    return result | changes


def write_folder(folder: Path, result: object, **transcripts: bytes) -> Path:
    """Write an out folder; underscores in a transcript's name stand for hyphens."""
    (folder / "transcripts").mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    for rig, heard in transcripts.items():
        (folder / "transcripts" / f"{rig.replace('_', '-')}.log").write_bytes(heard)
    return folder


def a_campaign(folder: Path, *cases: dict[str, Any], **changes: Any) -> Campaign:
    """Return a campaign as it is read from its folder."""
    return read_campaign(write_folder(folder / "out", a_result(*cases, **changes)))
