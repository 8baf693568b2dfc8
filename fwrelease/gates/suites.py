"""Suites: judge whether a suite passed on a board and revision of a build.

A pass must be earned: by evidence for these very bytes, proven on the board, signed as the
policy demands, and young enough. A failure needs none of that, and nothing outvotes it: the same
bytes failed once, confirmed by experiment, and stay failed however often they pass later and
however old the failure grows. The way out is a new build (docs/adr/0004).
"""

from collections.abc import Iterable
from datetime import timedelta

from fwrelease.gates.bench import LAB, Bench, find_failures, find_newest, name_actor
from fwrelease.gates.inputs import Exhibit, Report, Target
from fwrelease.gates.requirement import Finding, Requirement, summarise
from fwrelease.gates.rule import SuitesRule
from fwrelease.verdict import Verdict


def judge_suites(rule: SuitesRule, benches: tuple[Bench, ...]) -> Requirement:
    """Return how the suites of ``rule`` stand, with the command that produces what is lacking."""
    pairs = [(suite, bench) for bench in benches for suite in rule.suites]
    findings = tuple(judge_suite(rule, suite, bench) for suite, bench in pairs)
    lacking = tuple(
        (suite, bench.target)
        for (suite, bench), finding in zip(pairs, findings, strict=True)
        if finding.verdict in {Verdict.MISSING, Verdict.STALE}
    )
    return summarise(rule, "suites", findings, remedy=_write_command(lacking))


def judge_suite(rule: SuitesRule, suite: str, bench: Bench) -> Finding:
    """Return how one suite stands on one target."""
    failures = find_failures(bench, suite)
    if failures:
        return _failed(rule, suite, bench, failures)
    passes = [item for item in bench.exhibits if item.suite == suite]
    newest = find_newest(item for item in passes if bench.counts(item, rule.proof))
    report = find_newest(item for item in bench.reports if item.suite == suite)
    if newest is None or (report and _casts_doubt(report, newest)):
        return _missing(rule, suite, bench, passes, report)
    return judge_age(bench, newest, rule.max_age, subject=suite, owner=rule.owner)


def judge_age(
    bench: Bench, newest: Exhibit, max_age: timedelta | None, *, subject: str, owner: str
) -> Finding:
    """Return PASSED while ``newest`` is young enough, STALE from then on."""
    due = newest.finished + max_age if max_age is not None else None
    stale = due is not None and bench.now > due
    age = _write_age(bench.now - newest.finished)
    return Finding(
        target=bench.target,
        verdict=Verdict.STALE if stale else Verdict.PASSED,
        subject=subject,
        says="is stale" if stale else "passed",
        detail=f": its newest pass is {age} old" if stale else "",
        acts=LAB if stale else owner,
        evidence=(newest.sha256,),
        since=due if stale else newest.finished,
        due=None if stale else due,
    )


def _casts_doubt(report: Report, newest: Exhibit) -> bool:
    """Say whether a campaign failed after the newest pass, though nothing confirmed it."""
    return report.verdict == "failed" and report.finished > newest.finished


def _failed(rule: SuitesRule, suite: str, bench: Bench, failures: tuple[Exhibit, ...]) -> Finding:
    cases = [case for item in failures for case in item.failed]
    names = dict.fromkeys(f"{case.case}, {case.layer}" for case in cases)
    return Finding(
        target=bench.target,
        verdict=Verdict.FAILED,
        subject=suite,
        says="failed",
        detail=f" ({'; '.join(names)})" if names else "",
        acts=name_actor((case.layer for case in cases), rule.owner),
        evidence=tuple(item.sha256 for item in failures),
        since=min(item.finished for item in failures),
    )


def _missing(
    rule: SuitesRule, suite: str, bench: Bench, passes: list[Exhibit], report: Report | None
) -> Finding:
    detail, acts = ": no campaign has run it", LAB
    if passes:
        detail = ": it passed, but not proven on the board or not signed as the policy demands"
    if report:
        detail = f": its last campaign was {report.verdict}: {report.headline.rstrip('.')}"
        acts = name_actor([report.layer], rule.owner)
    return Finding(
        target=bench.target,
        verdict=Verdict.MISSING,
        subject=suite,
        says="is missing",
        detail=detail,
        acts=acts,
        evidence=(report.sha256,) if report else tuple(item.sha256 for item in passes),
        since=report.finished if report else None,
    )


def _write_command(lacking: Iterable[tuple[str, Target]]) -> str:
    """Return the commands that would produce what is lacking, with the images of the vault."""
    images: dict[str, list[str]] = {}
    for suite, target in lacking:
        file = f"vault/{target.image_sha256[:2]}/{target.image_sha256[2:]}"
        option = f"--image {target.board}:{target.revision}={file}"
        images.setdefault(suite, []).append(option)
    return "; ".join(
        f"hil run --suite {suite} {' '.join(options)} --out results/{suite}"
        for suite, options in images.items()
    )


def _write_age(age: timedelta) -> str:
    hours = age / timedelta(hours=1)
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"
