"""Requirement: what one rule demands of one build, and how it stands, with who acts and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fwrelease.gates.inputs import Target
from fwrelease.gates.rule import Rule
from fwrelease.verdict import Verdict, worst

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How a rule stands on one target: ``subject`` ``says`` on the target, ``detail``.

    ``acts`` is who can change it; ``due`` is when it changes although nobody does anything.
    """

    target: Target
    verdict: Verdict
    subject: str
    says: str
    detail: str = ""
    acts: str
    evidence: tuple[str, ...] = ()
    since: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """The answer to one rule over all targets."""

    id: str
    kind: str
    verdict: Verdict
    says: str
    evidence: tuple[str, ...]
    since: datetime | None
    owner: str
    next_change_due: datetime | None
    waivable_by: tuple[str, ...]
    remedy: str


def summarise(rule: Rule, kind: str, findings: tuple[Finding, ...], *, remedy: str) -> Requirement:
    """Return how ``rule`` stands: as badly as its worst finding; without findings it is missing."""
    verdict = worst(finding.verdict for finding in findings)
    decisive = tuple(finding for finding in findings if finding.verdict is verdict)
    since = [finding.since for finding in decisive if finding.since]
    due = [finding.due for finding in findings if finding.due]
    order = max if verdict is Verdict.PASSED else min
    return Requirement(
        id=rule.id,
        kind=kind,
        verdict=verdict,
        says=_describe(findings, verdict) or "the build has no image that could be judged",
        evidence=tuple(dict.fromkeys(sha for finding in findings for sha in finding.evidence)),
        since=order(since) if since else None,
        owner=decisive[0].acts if decisive else rule.owner,
        next_change_due=min(due) if due else None,
        waivable_by=rule.waivable_by,
        remedy=remedy,
    )


def _describe(findings: Iterable[Finding], verdict: Verdict) -> str:
    """Name what decides the verdict, then the rest that did not pass, worst first."""
    shown = sorted(
        (item for item in findings if item.verdict is verdict or item.verdict > Verdict.WAIVED),
        key=lambda item: -item.verdict,
    )
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for item in shown:
        same = (item.subject, item.says, item.target.board, item.detail)
        groups.setdefault(same, []).append(item.target.revision)
    sentences = [
        f"{subject} {says} on {board} {_revisions(revisions)}{detail}"
        for (subject, says, board, detail), revisions in groups.items()
    ]
    more = len(sentences) - _SHOWN
    return "; ".join(sentences[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _revisions(revisions: list[str]) -> str:
    return f"revision{'s' if len(revisions) > 1 else ''} {', '.join(revisions)}"
