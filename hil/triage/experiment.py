"""Experiment: what a campaign does next. Pure; the runner carries it out and asks again."""

from collections.abc import Iterable
from dataclasses import dataclass

from hil.campaigns.attempt import Outcome, WaveKind
from hil.campaigns.campaign import Campaign, Place, RigSeat
from hil.campaigns.case import RED_CHECK, CaseId
from hil.campaigns.wave import Assignment, Wave
from hil.triage.classify import FaultyRig, classify
from hil.triage.square import Finding, fill_square, find_findings

REPEATS = 2
"""Tries per cell of the square: six runs settle everything deterministic."""

_MOST_MAIN_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Take a rig out; what it said counts neither for nor against the image."""

    rig: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Nothing more can be learned with these rigs."""


Step = Wave | Quarantine | Finish


def next_step(campaign: Campaign) -> Step:
    """Return the next step: take out faulty rigs, ask what is unanswered, confirm what failed."""
    return (
        _faulty_rig(campaign)
        or _unanswered(campaign)
        or _square_wave(campaign, WaveKind.CONFIRM)
        or _square_wave(campaign, WaveKind.CONTROL)
        or Finish()
    )


def _faulty_rig(campaign: Campaign) -> Quarantine | None:
    live = {seat.rig for seat in campaign.live_rigs}
    for attempt in campaign.attempts:
        is_lab = attempt.outcome is Outcome.ERRORED and attempt.layer == "rig"
        if is_lab and attempt.rig in live:
            return Quarantine(rig=attempt.rig, reason=f"{attempt.code}: {attempt.says}")
    for finding in find_findings(campaign):
        cause = classify(fill_square(campaign, finding))
        if isinstance(cause, FaultyRig):
            return Quarantine(
                rig=finding.rig, reason=f"FAULTY_RIG: {finding.case.case}: {cause.says}"
            )
    return None


def _unanswered(campaign: Campaign) -> Wave | None:
    """Ask on every live rig what no live rig has answered yet; None when nobody is left to ask."""
    places = {seat.place for seat in campaign.live_rigs}
    if campaign.required is None:
        first = not campaign.waves
        return _main_wave(campaign, campaign.live_rigs, None) if first and places else None
    open_cases = frozenset(
        case
        for case in campaign.required
        if case.place in places
        and not campaign.answers(case)
        and _main_tries(campaign, case) < _MOST_MAIN_TRIES + len(campaign.rigs)
    )
    if not open_cases:
        return None
    wanted = {case.place for case in open_cases}
    seats = tuple(seat for seat in campaign.live_rigs if seat.place in wanted)
    return _main_wave(campaign, seats, open_cases)


def _main_tries(campaign: Campaign, case: CaseId) -> int:
    asked = (w for w in campaign.waves if w.kind is WaveKind.MAIN)
    return sum(wave.cases is None or case in wave.cases for wave in asked)


def _main_wave(
    campaign: Campaign, seats: Iterable[RigSeat], cases: frozenset[CaseId] | None
) -> Wave:
    return Wave(
        kind=WaveKind.MAIN,
        cases=cases,
        assignments=tuple(
            Assignment(rig=seat.rig, image_sha256=campaign.candidates[seat.place]) for seat in seats
        ),
    )


def _square_wave(campaign: Campaign, kind: WaveKind) -> Wave | None:
    """Return one wave for all findings that lack such samples, each on its rig and on another."""
    images = campaign.candidates if kind is WaveKind.CONFIRM else campaign.last_good
    bound: dict[str, tuple[Place, list[CaseId]]] = {}
    for finding in find_findings(campaign):
        if finding.place in images and finding.case.case != RED_CHECK:
            for rig in _rigs_to_ask(campaign, finding):
                if not _was_asked(campaign, kind, rig, finding.case):
                    bound.setdefault(rig, (finding.place, []))[1].append(finding.case)
    if not bound:
        return None
    return Wave(
        kind=kind,
        cases=frozenset(case for _, cases in bound.values() for case in cases),
        assignments=tuple(
            Assignment(rig=rig, image_sha256=images[place], bound=tuple(cases), repeats=REPEATS)
            for rig, (place, cases) in sorted(bound.items())
        ),
    )


def _rigs_to_ask(campaign: Campaign, finding: Finding) -> list[str]:
    """The rig of the finding, and the first other live one of the same board and revision."""
    others = [
        seat.rig
        for seat in campaign.live_rigs
        if seat.place == finding.place and seat.rig != finding.rig
    ]
    return [finding.rig, *others[:1]]


def _was_asked(campaign: Campaign, kind: WaveKind, rig: str, case: CaseId) -> bool:
    return any(
        wave.kind is kind and assignment.rig == rig and case in assignment.bound
        for wave in campaign.waves
        for assignment in wave.assignments
    )
