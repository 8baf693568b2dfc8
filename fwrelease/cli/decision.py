"""A decision as people read it, and the exit code that scripts read."""

from fwrelease.gates.fact import say_fact
from fwrelease.gates.gate import Decision
from fwrelease.gates.requirement import Requirement
from fwrelease.verdict import Verdict

_YES, _NO, _INCONCLUSIVE = 0, 1, 3


def exit_code_of(verdict: Verdict) -> int:
    """Return 0 where the build may go on, 1 where it failed, 3 for every kind of doubt."""
    if verdict <= Verdict.WAIVED:
        return _YES
    return _NO if verdict is Verdict.FAILED else _INCONCLUSIVE


def write_decision(decision: Decision) -> str:
    """Return the headline, every requirement, and what would change the answer."""
    lines = [decision.headline, *map(write_requirement, decision.requirements)]
    if decision.would_change_if:
        lines.append("lost if any of these:" if decision.may_enter else "enters once all of these:")
        lines += [f"  - {say_fact(fact)}" for fact in decision.would_change_if]
    return "\n".join(lines)


def write_requirement(item: Requirement) -> str:
    """Return one requirement as a line, with who acts where somebody must."""
    notes = [f"evidence {', '.join(sha[:12] for sha in item.evidence)}"] if item.evidence else []
    if item.verdict > Verdict.WAIVED:
        notes.append(f"acts: {item.owner}")
    if item.next_change_due:
        notes.append(f"due {item.next_change_due:%Y-%m-%d %H:%M} UTC")
    tail = f"  [{'; '.join(notes)}]" if notes else ""
    return f"  {item.verdict.word:8} {item.id}: {item.says}{tail}"
