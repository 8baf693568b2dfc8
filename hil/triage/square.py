"""Square: the evidence behind one finding; candidate and last good build, here and on another rig.

The attempt that raised the finding is no sample: it was selected for failing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign, Place
from hil.campaigns.case import RED_CHECK, CaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The same failure on one board and revision; ``case`` is the cheapest that can show it."""

    signature: str
    case: CaseId
    rig: str
    carried_by: tuple[CaseId, ...]

    @property
    def place(self) -> Place:
        """The board and revision it was seen on."""
        return self.case.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Tries of one image on one rig: the same failure, another one, the lab's, or none."""

    same: int = 0
    other: int = 0
    errored: int = 0
    passed: int = 0

    @property
    def judged(self) -> int:
        """Tries that say something about the image."""
        return self.same + self.other + self.passed

    @property
    def failed(self) -> int:
        """Tries that failed in any way that is not plainly the lab's."""
        return self.same + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Four cells; one that was never tried is empty."""

    new_here: Cell = Cell()
    new_there: Cell = Cell()
    old_here: Cell = Cell()
    old_there: Cell = Cell()


def find_findings(campaign: Campaign) -> tuple[Finding, ...]:
    """Return the failures of the main waves, one finding per signature, board and revision."""
    groups: dict[tuple[str, Place], list[Attempt]] = {}
    for attempt in campaign.live_attempts(WaveKind.MAIN):
        if attempt.outcome is Outcome.FAILED:
            groups.setdefault((attempt.signature, attempt.case.place), []).append(attempt)
    return tuple(_finding(signature, tries) for (signature, _), tries in sorted(groups.items()))


def _finding(signature: str, tries: list[Attempt]) -> Finding:
    # No square is filled for the red check, so whatever else shows the failure stands for it.
    cheapest = min(
        tries,
        key=lambda attempt: (
            attempt.case.case == RED_CHECK,
            attempt.duration_s,
            attempt.case,
            attempt.rig,
        ),
    )
    return Finding(
        signature=signature,
        case=cheapest.case,
        rig=cheapest.rig,
        carried_by=tuple(sorted({attempt.case for attempt in tries})),
    )


def fill_square(campaign: Campaign, finding: Finding) -> Square:
    """Return what the confirm and control waves showed about ``finding``.

    Samples from rigs that no longer count are left out, those of its own rig excepted: they are
    what shows that the rig is at fault.
    """
    live = {seat.rig for seat in campaign.live_rigs} | {finding.rig}
    samples = [a for a in campaign.attempts if a.case == finding.case and a.rig in live]
    new = [a for a in samples if a.wave is WaveKind.CONFIRM]
    old = [a for a in samples if a.wave is WaveKind.CONTROL]
    return Square(
        new_here=_cell(finding, (a for a in new if a.rig == finding.rig)),
        new_there=_cell(finding, (a for a in new if a.rig != finding.rig)),
        old_here=_cell(finding, (a for a in old if a.rig == finding.rig)),
        old_there=_cell(finding, (a for a in old if a.rig != finding.rig)),
    )


def _cell(finding: Finding, attempts: Iterable[Attempt]) -> Cell:
    counts = {"same": 0, "other": 0, "errored": 0, "passed": 0}
    for attempt in attempts:
        if attempt.outcome is Outcome.FAILED:
            counts["same" if attempt.signature == finding.signature else "other"] += 1
        elif attempt.outcome is Outcome.PASSED:
            counts["passed"] += 1
        else:
            counts["errored"] += 1
    return Cell(**counts)
