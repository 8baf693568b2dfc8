"""Result: what a campaign says in the end, case by case and as a whole."""

import enum
from dataclasses import dataclass

from hil.campaigns.attempt import Attempt
from hil.campaigns.case import CaseId


class CaseVerdict(enum.StrEnum):
    """The verdict table of docs/architecture.md."""

    PASSED = "passed"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    PRE_EXISTING = "pre_existing"
    UNSTABLE = "unstable"
    UNPROVEN = "unproven"
    ERRORED = "errored"
    NOT_RUN = "not_run"


class CampaignVerdict(enum.StrEnum):
    """What a script acts on; the exit codes are 0, 1 and 3."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> int:
        """The exit code of ``hil run``."""
        return {"passed": 0, "failed": 1, "inconclusive": 3}[self.value]


class Unproven(enum.StrEnum):
    """What a pass counts on a board that cannot show which image it holds."""

    REFUSED = "refused"
    ACCEPTED = "accepted"

    @property
    def good_verdicts(self) -> frozenset[CaseVerdict]:
        """The verdicts that let a campaign pass."""
        if self is Unproven.ACCEPTED:
            return frozenset({CaseVerdict.PASSED, CaseVerdict.UNPROVEN})
        return frozenset({CaseVerdict.PASSED})


AGAINST_THE_IMAGE = frozenset(
    {CaseVerdict.FAILED, CaseVerdict.UNCONFIRMED, CaseVerdict.PRE_EXISTING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case: its verdict, who acts (``layer``), the reason, and every attempt behind it."""

    case: CaseId
    verdict: CaseVerdict
    layer: str
    code: str
    signature: str
    says: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """The whole: never better than the worst that is known of any required case.

    ``sees_red`` says that the harness showed that it can see a failure; without it no pass counts.
    """

    verdict: CampaignVerdict
    sees_red: bool
    headline: str
    cases: tuple[CaseResult, ...]
