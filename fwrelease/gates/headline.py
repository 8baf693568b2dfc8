"""Headline: the one sentence of a decision, and who must act."""

from fwrelease.gates.requirement import Requirement
from fwrelease.verdict import Verdict


def write_headline(
    requirements: tuple[Requirement, ...], verdict: Verdict, *, version: str, context: str
) -> str:
    """Return whether the build may enter, what decides it, and who acts."""
    where = context.replace(":", " ", 1)
    if verdict <= Verdict.WAIVED:
        count = len(requirements)
        hold = "its one requirement holds" if count == 1 else f"all {count} requirements hold"
        return f"{version} may enter {where}: {hold}."
    decisive = [item for item in requirements if item.verdict is verdict]
    others = sum(Verdict.WAIVED < item.verdict < verdict for item in requirements)
    reasons = "; ".join(item.says for item in decisive)
    if others:
        reasons += f"; and {others} more requirement{'s' if others > 1 else ''} not met"
    actors = " and the ".join(dict.fromkeys(item.owner for item in decisive))
    remedy = next((f": {item.remedy}" for item in decisive if item.remedy), ".")
    verb = "acts" if len({item.owner for item in decisive}) == 1 else "act"
    return f"{version} may not enter {where}: {reasons}. The {actors} {verb}{remedy}"
