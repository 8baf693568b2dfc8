"""Square: the experiment behind a failed case; candidate and last good build, here and elsewhere.

Counted as the campaign counted it: the attempt that raised the finding was selected for failing and
is no sample; rigs that were taken out of the pool do not count, the finding's own rig excepted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fwrelease.report.campaign import (
    CONFIRM,
    CONTROL,
    FAILED,
    MAIN,
    PASSED,
    Attempt,
    Campaign,
    Case,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Tries of one image in one place; ``errored`` ones say nothing about it."""

    failed: int
    passed: int
    errored: int

    @property
    def word(self) -> str:
        """What the cell shows, in one word."""
        if not self.failed + self.passed:
            return "not tried"
        if not self.failed:
            return PASSED
        return "mixed" if self.passed else FAILED

    @property
    def says(self) -> str:
        """The counts."""
        judged = self.failed + self.passed
        says = f"failed {self.failed} of {judged}" if judged else "not tried"
        return f"{says}, {self.errored} by the lab's fault" if self.errored else says


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Four cells around the rig that the failure was seen on; ``case`` is the one tried again."""

    rig: str
    case: str
    candidate_here: Cell
    candidate_there: Cell
    last_good_here: Cell
    last_good_there: Cell


def fill_square(campaign: Campaign, case: Case) -> Square | None:
    """Return the experiment behind ``case``, or None if it did not fail in a main wave.

    Of several cases that fail alike the campaign tries one again; its experiment is theirs.
    """
    tried = _find_tried(campaign, case)
    raised = [item for item in tried.attempts if (item.wave, item.outcome) == (MAIN, FAILED)]
    if not raised:
        return None
    here = raised[0].rig
    out = {rig.rig for rig in campaign.rigs if rig.state == "quarantined"} - {here}
    live = [item for item in tried.attempts if item.rig not in out]
    return Square(
        rig=here,
        case=tried.case,
        candidate_here=_count(a for a in live if (a.wave, a.rig == here) == (CONFIRM, True)),
        candidate_there=_count(a for a in live if (a.wave, a.rig == here) == (CONFIRM, False)),
        last_good_here=_count(a for a in live if (a.wave, a.rig == here) == (CONTROL, True)),
        last_good_there=_count(a for a in live if (a.wave, a.rig == here) == (CONTROL, False)),
    )


def _find_tried(campaign: Campaign, case: Case) -> Case:
    if any(attempt.wave != MAIN for attempt in case.attempts) or not case.signature:
        return case
    alike = (
        other
        for other in campaign.cases
        if (other.signature, other.place) == (case.signature, case.place)
        and any(attempt.wave != MAIN for attempt in other.attempts)
    )
    return next(alike, case)


def _count(attempts: Iterable[Attempt]) -> Cell:
    outcomes = [attempt.outcome for attempt in attempts]
    failed, passed = outcomes.count(FAILED), outcomes.count(PASSED)
    return Cell(failed=failed, passed=passed, errored=len(outcomes) - failed - passed)
