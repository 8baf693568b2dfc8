"""An oracle lab: the truth about its rigs and images is known, a campaign has to find it out."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign, Place, RigSeat
from hil.campaigns.case import RED_CHECK, CaseId
from hil.campaigns.wave import Assignment, Wave
from hil.triage.experiment import Finish, Quarantine, next_step
from tests.support.lab import NEW, OLD, a_seat, an_attempt

CASES = ("boot_time", "echo", "selftest")
REVISIONS = ("a", "b")
MOST_STEPS = 200
Bug = tuple[str, str]
"""A revision and a case that fails there."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the campaign may not see: which rigs and builds are broken, and how often at random.

    ``rigs`` gives each rig its revision; a rig in ``bad`` fails every case, a rig in ``dead``
    breaks in the hand of the harness; ``flaky_rate`` and ``death_rate`` are 0..1.
    """

    rigs: dict[str, str]
    bad: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    regressions: frozenset[Bug] = frozenset()
    old_bugs: frozenset[Bug] = frozenset()
    has_last_good: bool = True
    flaky_rate: float = 0.0
    death_rate: float = 0.0
    seed: int = 0


@dataclass
class OracleLab:
    """Carries out what the triage asks, on rigs of which the truth is known."""

    truth: Truth
    chance: random.Random = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.truth.seed)

    def run(self) -> Campaign:
        """Run a campaign to its end; it fails if there is none."""
        places = {(seat.board, seat.revision) for seat in self._seats()}
        campaign = Campaign(
            rigs=self._seats(),
            candidates=dict.fromkeys(places, NEW),
            last_good=dict.fromkeys(places, OLD) if self.truth.has_last_good else {},
        )
        while not isinstance(step := next_step(campaign), Finish):
            self.steps += 1
            assert self.steps < MOST_STEPS, "the campaign does not end"
            campaign = self._follow(campaign, step)
        return campaign

    def _seats(self) -> tuple[RigSeat, ...]:
        return tuple(a_seat(rig, revision=rev) for rig, rev in self.truth.rigs.items())

    def _follow(self, campaign: Campaign, step: Wave | Quarantine) -> Campaign:
        if isinstance(step, Quarantine):
            seats = [
                replace(seat, out_because=step.reason) if seat.rig == step.rig else seat
                for seat in campaign.rigs
            ]
            return replace(campaign, rigs=tuple(seats))
        return replace(
            campaign,
            required=campaign.required or _suite(set(campaign.candidates)),
            waves=(*campaign.waves, step),
            attempts=(*campaign.attempts, *self._attempts(campaign, step)),
        )

    def _attempts(self, campaign: Campaign, wave: Wave) -> Iterator[Attempt]:
        for assignment in wave.assignments:
            for case in assignment.bound * assignment.repeats:
                yield self._try(case, assignment, wave)
        for case in sorted(wave.cases or _suite(set(campaign.candidates))):
            able = [a for a in wave.assignments if not a.bound and self._can_run(a.rig, case)]
            if able:
                yield self._try(case, self.chance.choice(able), wave)

    def _can_run(self, rig: str, case: CaseId) -> bool:
        return self.truth.rigs[rig] == case.revision

    def _try(self, case: CaseId, assignment: Assignment, wave: Wave) -> Attempt:
        tried = an_attempt(
            case,
            rig=assignment.rig,
            wave=wave.kind,
            image_sha256=assignment.image_sha256,
            duration_s=self.chance.random(),
        )
        if assignment.rig in self.truth.dead:
            return replace(
                tried, outcome=Outcome.ERRORED, layer="rig", code="NO_BOOTLOADER", says="silent"
            )
        if self.chance.random() < self.truth.death_rate:
            return replace(tried, outcome=Outcome.ERRORED, layer="harness", code="WORKER_DIED")
        signature = self._failure(case, assignment)
        if signature:
            return replace(
                tried, outcome=Outcome.FAILED, layer="product", signature=signature, says="no"
            )
        return tried

    def _failure(self, case: CaseId, assignment: Assignment) -> str:
        if case.case == RED_CHECK:
            return ""
        if assignment.rig in self.truth.bad:
            return "1:rig"
        bug = (case.revision, case.case)
        new = assignment.image_sha256 == NEW
        if bug in self.truth.old_bugs or (new and bug in self.truth.regressions):
            return f"1:{case.case}"
        return "1:flaky" if new and self.chance.random() < self.truth.flaky_rate else ""


def _suite(places: set[Place]) -> frozenset[CaseId]:
    return frozenset(
        CaseId(board=board, revision=revision, case=case)
        for board, revision in places
        for case in (*CASES, RED_CHECK)
    )


def failed_on_healthy_rigs(campaign: Campaign, truth: Truth) -> frozenset[CaseId]:
    """Return the cases that the candidate failed in a main wave on a rig that is truly healthy."""
    return frozenset(
        attempt.case
        for attempt in campaign.attempts
        if attempt.wave is WaveKind.MAIN
        and attempt.outcome is Outcome.FAILED
        and attempt.rig not in truth.bad
    )
