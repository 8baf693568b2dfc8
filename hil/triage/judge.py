"""Judge: from all attempts of a campaign to its verdict, and to one sentence that says who acts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign
from hil.campaigns.case import RED_CHECK, CaseId
from hil.campaigns.result import (
    AGAINST_THE_IMAGE,
    CampaignResult,
    CampaignVerdict,
    CaseResult,
    CaseVerdict,
    Unproven,
)
from hil.triage.classify import (
    Cause,
    FaultyRig,
    PreExisting,
    Regression,
    Unconfirmed,
    Unstable,
    classify,
)
from hil.triage.square import fill_square, find_findings

_NOT_RUN = "no rig of this board and revision was left to run it"


def judge(
    campaign: Campaign, *, image: str, unproven: Unproven = Unproven.REFUSED
) -> CampaignResult:
    """Return the result; ``image`` names the image in the headline, for example its version."""
    causes: dict[CaseId, tuple[str, str, Cause]] = {}
    for finding in find_findings(campaign):
        cause = classify(fill_square(campaign, finding))
        for case in finding.carried_by:
            causes[case] = (finding.signature, finding.case.case, cause)
    required = sorted(campaign.required or ())
    cases = tuple(
        _judge_case(campaign, case, causes.get(case)) for case in required if case.case != RED_CHECK
    )
    sees_red = _sees_red(campaign, unproven)
    verdict = _verdict(cases, unproven)
    if verdict is CampaignVerdict.PASSED and not sees_red:
        verdict = CampaignVerdict.INCONCLUSIVE
    return CampaignResult(
        verdict=verdict,
        sees_red=sees_red,
        headline=_headline(campaign, cases, verdict, image),
        cases=cases,
    )


def _sees_red(campaign: Campaign, unproven: Unproven) -> bool:
    """Whether the red check saw red; there is none to see where nothing can be proven."""
    good = {Outcome.PASSED} | ({Outcome.SKIPPED} if unproven is Unproven.ACCEPTED else set())
    return any(
        attempt.case.case == RED_CHECK and attempt.outcome in good
        for attempt in campaign.live_attempts(WaveKind.MAIN)
    )


def _verdict(cases: Sequence[CaseResult], unproven: Unproven) -> CampaignVerdict:
    verdicts = {result.verdict for result in cases}
    if verdicts & AGAINST_THE_IMAGE:
        return CampaignVerdict.FAILED
    if verdicts and verdicts <= unproven.good_verdicts:
        return CampaignVerdict.PASSED
    return CampaignVerdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What is said of a case, apart from the attempts behind it."""

    verdict: CaseVerdict
    layer: str = ""
    says: str = ""
    code: str = ""
    signature: str = ""


def _judge_case(
    campaign: Campaign, case: CaseId, raised: tuple[str, str, Cause] | None
) -> CaseResult:
    attempts = tuple(attempt for attempt in campaign.attempts if attempt.case == case)
    answers = campaign.answers(case)
    if raised is not None:
        said = _of_failure(case, answers, raised)
    elif answers:
        said = _of_answers(answers)
    else:
        said = _of_silence(attempts)
    return CaseResult(
        case=case,
        verdict=said.verdict,
        layer=said.layer,
        code=said.code,
        signature=said.signature,
        says=said.says,
        attempts=attempts,
    )


def _of_failure(
    case: CaseId, answers: Sequence[Attempt], raised: tuple[str, str, Cause]
) -> _Judged:
    signature, shown_by, cause = raised
    verdict, layer, says = _of_cause(cause)
    if shown_by != case.case:
        says = f"{says} (the same failure as {shown_by})"
    failed = next(a for a in answers if a.outcome is Outcome.FAILED)
    return _Judged(
        verdict=verdict,
        layer=layer,
        says=f"{failed.says}; {says}",
        code=failed.code,
        signature=signature,
    )


def _of_answers(answers: Sequence[Attempt]) -> _Judged:
    skipped = [attempt for attempt in answers if attempt.outcome is Outcome.SKIPPED]
    if skipped:
        says = f"skipped: {skipped[0].says}"
        return _Judged(verdict=CaseVerdict.NOT_RUN, layer="test", says=says, code="SKIPPED")
    if all(attempt.proven for attempt in answers):
        return _Judged(verdict=CaseVerdict.PASSED)
    says = "it passed, but the board cannot show which image it holds"
    return _Judged(verdict=CaseVerdict.UNPROVEN, layer="harness", says=says, code="UNPROVEN")


def _of_silence(attempts: Sequence[Attempt]) -> _Judged:
    errors = [a for a in attempts if a.outcome is Outcome.ERRORED]
    if errors:
        last = errors[-1]
        return _Judged(
            verdict=CaseVerdict.ERRORED, layer=last.layer, says=last.says, code=last.code
        )
    if attempts:
        says = "it ran only on rigs that turned out to be faulty"
        return _Judged(verdict=CaseVerdict.ERRORED, layer="rig", says=says, code="RIG_QUARANTINED")
    return _Judged(verdict=CaseVerdict.NOT_RUN, layer="rig", says=_NOT_RUN, code="NOT_RUN")


def _of_cause(cause: Cause) -> tuple[CaseVerdict, str, str]:
    match cause:
        case Regression(kind=kind, says=says):
            return CaseVerdict.FAILED, "product", f"{kind} regression: {says}"
        case PreExisting(says=says):
            return CaseVerdict.PRE_EXISTING, "product", f"the last good build fails too: {says}"
        case Unconfirmed(says=says):
            return CaseVerdict.UNCONFIRMED, "product", f"not confirmed: {says}"
        case Unstable(says=says):
            return CaseVerdict.UNSTABLE, "test", f"unstable: {says}"
        case FaultyRig(says=says):
            return CaseVerdict.ERRORED, "rig", says


def _headline(
    campaign: Campaign, cases: Sequence[CaseResult], verdict: CampaignVerdict, image: str
) -> str:
    lab = "".join(
        f" {seat.rig} is out ({seat.out_because.split(':')[0]}): the lab acts."
        for seat in campaign.rigs
        if seat.out_because
    )
    match verdict:
        case CampaignVerdict.PASSED:
            return f"{image} passed {len(cases)} cases on {_places(cases)}.{lab}"
        case CampaignVerdict.FAILED:
            return f"{image} fails {_failures(cases)}{lab}"
        case CampaignVerdict.INCONCLUSIVE:
            return f"{image}: nothing is proven: {_doubts(cases, campaign)}{lab}"


def _failures(cases: Sequence[CaseResult]) -> str:
    against = [result for result in cases if result.verdict in AGAINST_THE_IMAGE]
    worst = next((r for r in against if r.verdict is CaseVerdict.FAILED), against[0])
    same = [result for result in against if result.verdict is worst.verdict]
    names = ", ".join(sorted({result.case.case for result in same}))
    acts = {
        CaseVerdict.FAILED: "a product regression, confirmed. Development acts.",
        CaseVerdict.UNCONFIRMED: f"{worst.says.split('; ', 1)[-1]}. Development looks.",
    }.get(worst.verdict, "but so does the last good build. The owner of that failure acts.")
    return f"{names} on {_places(same)}: {acts}"


def _doubts(cases: Sequence[CaseResult], campaign: Campaign) -> str:
    if not cases and campaign.rigs and not campaign.live_rigs:
        return "no rig could be had."
    if not cases:
        return "no case was run. Whoever chose the suite acts."
    doubtful = [result for result in cases if result.verdict is not CaseVerdict.PASSED]
    if not doubtful:
        return "the harness did not show that it can see a failure. The lab acts."
    words = sorted({f"{r.case.case} {r.verdict}" for r in doubtful})
    acts = "The lab acts." if any(r.layer in {"rig", "harness"} for r in doubtful) else ""
    return f"{', '.join(words)} on {_places(doubtful)}. {acts}".strip()


def _places(cases: Iterable[CaseResult]) -> str:
    boards: dict[str, set[str]] = {}
    for result in cases:
        boards.setdefault(result.case.board, set()).add(result.case.revision)
    return " and ".join(
        f"{board} revision {', '.join(sorted(revisions))}" for board, revisions in boards.items()
    )
