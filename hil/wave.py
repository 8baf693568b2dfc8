"""Wave: one pytest run of a campaign, started under a guard, and what its workers wrote down."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.app import Lab
from hil.campaigns.attempt import Attempt, Outcome
from hil.campaigns.case import CaseId
from hil.campaigns.record import WavePlan, parse_attempt, parse_case, render_plan
from hil.campaigns.wave import Wave
from hil.errors import UsageFault
from hil.leases.guarded import Guarded
from hil.leases.lease import Lease
from hil.report import write_whole
from hil.suite import Suite

_DEADLINE_S = 3600.0
_LOOK_S = 0.05
_CANNOT_COLLECT = frozenset({2, 3, 4})  # pytest: interrupted, an internal error, usage

Event = Mapping[str, object]
Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRecord:
    """What a wave left: every case that was asked, and every attempt."""

    collected: frozenset[CaseId]
    attempts: tuple[Attempt, ...]


def run_wave(
    plan: WavePlan, lab: Lab, suite: Suite, *, leases: Sequence[Lease], listener: Listener
) -> WaveRecord:
    """Run one wave on rigs that are leased; ``listener`` is told what they report.

    Raises:
        UsageFault: the suite cannot be collected.
    """
    out = Path(plan.out)
    file = out / f"plan-{plan.ordinal}.json"
    write_whole(file, json.dumps(render_plan(plan), indent=1))
    rigs = len(plan.wave.assignments)
    argv = [sys.executable, "-m", "pytest", *suite.arguments(out)]
    argv += ["--hil-plan", str(file), "-n", str(rigs if rigs > 1 else 0), "-q"]
    log = out / f"pytest-{plan.ordinal}.log"
    with log.open("wb") as output:
        child = Guarded(
            argv,
            leases=[descriptor for lease in leases for descriptor in lease.descriptors],
            output=output,
            environment=suite.environment(lab.environment),
        )
        code = _watch(child, lab, _Tail(out / "progress.jsonl", listener))
    collected = _collected(out, plan.ordinal)
    if code in _CANNOT_COLLECT and not collected:
        raise UsageFault(
            f"suite {suite.name} cannot be collected (pytest exit {code})",
            hint=f"{log} says why",
            code="SUITE",
        )
    return WaveRecord(collected=collected, attempts=_attempts(out, plan.wave, plan.ordinal))


def _watch(child: Guarded, lab: Lab, tail: "_Tail") -> int | None:
    """Pass on what the rigs report until the wave ends; returns pytest's code, None: too late."""
    deadline = lab.clock.monotonic() + _DEADLINE_S
    try:
        while (code := child.wait(_LOOK_S)) is None and lab.clock.monotonic() < deadline:
            tail.pass_on()
        return code
    finally:
        child.end()
        tail.pass_on()


def _collected(out: Path, ordinal: int) -> frozenset[CaseId]:
    found = set()
    for path in out.glob(f"collected-{ordinal}-*.json"):
        found |= {parse_case(entry["case"]) for entry in json.loads(path.read_text("utf-8"))}
    return frozenset(found)


def _attempts(out: Path, wave: Wave, ordinal: int) -> tuple[Attempt, ...]:
    """Return the attempts of one wave; one that began and never ended died with its worker."""
    begun: dict[str, Attempt] = {}
    ended: list[Attempt] = []
    for record in _records(out / "attempts.jsonl"):
        if record["ordinal"] != ordinal:
            continue
        if "start" in record:
            begun[record["rig"]] = _died(record, wave, ordinal)
        else:
            ended.append(parse_attempt(record["attempt"]))
            begun.pop(ended[-1].rig, None)
    return (*ended, *begun.values())


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of JSON lines; what a dying worker cut short is left out."""
    if not path.exists():
        return
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _died(record: Mapping[str, Any], wave: Wave, ordinal: int) -> Attempt:
    rig = str(record["rig"])
    return Attempt(
        case=parse_case(record["case"]),
        rig=rig,
        wave=wave.kind,
        ordinal=ordinal,
        image_sha256=next(a.image_sha256 for a in wave.assignments if a.rig == rig),
        outcome=Outcome.ERRORED,
        started="",
        duration_s=0.0,
        transcript="",
        proven=False,
        layer="harness",
        code="WORKER_DIED",
        phase="test",
        says="the worker died while it ran this case",
    )


class _Tail:
    """Reads what was added to a file of JSON lines since the last look."""

    def __init__(self, path: Path, listener: Listener) -> None:
        self._path = path
        self._listener = listener
        self._at = path.stat().st_size if path.exists() else 0

    def pass_on(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as stream:
            stream.seek(self._at)
            for line in stream:
                if line.endswith(b"\n"):
                    self._at += len(line)
                    self._listener(json.loads(line))
