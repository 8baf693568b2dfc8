"""Wave: one pytest run of a campaign, and what each rig does in it."""

from dataclasses import dataclass

from hil.campaigns.attempt import WaveKind
from hil.campaigns.case import CaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one rig does in a wave: which image it holds, and which cases it is bound to run.

    Without ``bound`` it takes cases of its board and revision as it gets free.
    """

    rig: str
    image_sha256: str
    bound: tuple[CaseId, ...] = ()
    repeats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One pytest run. ``cases`` limits what is asked; None asks all that the suite holds."""

    kind: WaveKind
    assignments: tuple[Assignment, ...]
    cases: frozenset[CaseId] | None = None
