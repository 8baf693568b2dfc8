"""Record: attempts and waves as the JSON that the processes of a campaign hand to each other."""

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.case import CaseId
from hil.campaigns.wave import Assignment, Wave


class Loading(enum.StrEnum):
    """How an image comes onto a board: it is flashed, or has to be found there."""

    FLASH = "flash"
    FIND = "find"


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """All that one pytest run is told. Paths are text; ``images`` are files by digest,
    ``symbols`` ELF files that may decode a backtrace."""

    campaign: str
    ordinal: int
    inventory: str
    state: str
    out: str
    images: Mapping[str, str]
    wave: Wave
    symbols: tuple[str, ...] = ()
    loading: Loading = Loading.FLASH


def render_case(case: CaseId) -> dict[str, str]:
    """Return a case as JSON."""
    return {"case": case.case, "board": case.board, "revision": case.revision}


def parse_case(data: Mapping[str, str]) -> CaseId:
    """Return the case in ``data``."""
    return CaseId(case=data["case"], board=data["board"], revision=data["revision"])


def render_attempt(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as JSON."""
    return asdict(attempt) | {
        "case": render_case(attempt.case),
        "wave": str(attempt.wave),
        "outcome": str(attempt.outcome),
        "backtrace": list(attempt.backtrace),
        "measurements": dict(attempt.measurements),
    }


def parse_attempt(data: Mapping[str, Any]) -> Attempt:
    """Return the attempt in ``data``."""
    return Attempt(
        **dict(data)
        | {
            "case": parse_case(data["case"]),
            "wave": WaveKind(data["wave"]),
            "outcome": Outcome(data["outcome"]),
            "backtrace": tuple(data["backtrace"]),
        }
    )


def render_plan(plan: WavePlan) -> dict[str, Any]:
    """Return a plan as JSON."""
    wave = plan.wave
    return {
        "campaign": plan.campaign,
        "ordinal": plan.ordinal,
        "inventory": plan.inventory,
        "state": plan.state,
        "out": plan.out,
        "images": dict(plan.images),
        "symbols": list(plan.symbols),
        "loading": str(plan.loading),
        "kind": str(wave.kind),
        "cases": None if wave.cases is None else [render_case(c) for c in sorted(wave.cases)],
        "assignments": [
            {
                "rig": assignment.rig,
                "image_sha256": assignment.image_sha256,
                "bound": [render_case(case) for case in assignment.bound],
                "repeats": assignment.repeats,
            }
            for assignment in wave.assignments
        ],
    }


def parse_plan(data: Mapping[str, Any]) -> WavePlan:
    """Return the plan in ``data``."""
    cases = data["cases"]
    return WavePlan(
        campaign=data["campaign"],
        ordinal=data["ordinal"],
        inventory=data["inventory"],
        state=data["state"],
        out=data["out"],
        images=data["images"],
        symbols=tuple(data["symbols"]),
        loading=Loading(data["loading"]),
        wave=Wave(
            kind=WaveKind(data["kind"]),
            cases=None if cases is None else frozenset(parse_case(case) for case in cases),
            assignments=tuple(
                Assignment(
                    rig=entry["rig"],
                    image_sha256=entry["image_sha256"],
                    bound=tuple(parse_case(case) for case in entry["bound"]),
                    repeats=entry["repeats"],
                )
                for entry in data["assignments"]
            ),
        ),
    )
