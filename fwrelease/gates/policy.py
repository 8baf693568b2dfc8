"""Policy: which rules hold in which context, and which evidence is let in.

There are three ways of having no policy, and all of them refuse: no file, a file with mistakes,
and a file that asks nothing in this context.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from fwrelease.gates.rule import Rule
from fwrelease.verdict import Verdict


class Unsigned(enum.StrEnum):
    """What happens to evidence that no known key signed."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """A key whose signature counts; ``public`` is PEM text, no ``keyid`` fits any signature."""

    name: str
    public: str
    keyid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """Which evidence a workspace lets in."""

    unsigned: Unsigned = Unsigned.ALLOWED
    keys: tuple[KeyRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy file without mistakes; ``sha256`` is that of the file."""

    sha256: str
    contexts: Mapping[str, tuple[Rule, ...]]
    evidence: EvidenceRules = field(default_factory=EvidenceRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPolicy:
    """There is no policy file; ``file`` is where it would be."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in a file; ``path`` is the way of keys to it, ``line`` counts from 1."""

    file: str
    line: int
    path: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPolicy:
    """There is a policy file, and it cannot be followed."""

    sha256: str
    mistakes: tuple[Mistake, ...]


PolicyFound = Policy | NoPolicy | BrokenPolicy


def rules_for(policy: Policy, context: str) -> tuple[Rule, ...] | None:
    """Return the rules of ``context``: its own, else those of the longest prefix with ``*``.

    None means that the policy does not know the context; an empty tuple, that it asks nothing.
    """
    if context in policy.contexts:
        return policy.contexts[context]
    fitting = [
        name
        for name in policy.contexts
        if name.endswith("*") and context.startswith(name.removesuffix("*"))
    ]
    return policy.contexts[max(fitting, key=len)] if fitting else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked in one context, and whose evidence counts."""

    policy_sha256: str
    rules: tuple[Rule, ...]
    unsigned: Unsigned = Unsigned.ALLOWED
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDemand:
    """Nothing can be asked, which is never a pass; ``policy_sha256`` is None without a file."""

    policy_sha256: str | None
    verdict: Verdict
    says: str


def ask(policy: PolicyFound, context: str) -> Demand | NoDemand:
    """Return what ``policy`` demands in ``context``."""
    match policy:
        case NoPolicy():
            return NoDemand(
                policy_sha256=None,
                verdict=Verdict.MISSING,
                says=f"there is no policy: {policy.file} does not exist",
            )
        case BrokenPolicy():
            return NoDemand(
                policy_sha256=policy.sha256,
                verdict=Verdict.ERRORED,
                says=f"the policy is broken: {write_mistakes(policy.mistakes)}",
            )
        case Policy():
            return _ask(policy, context)


def _ask(policy: Policy, context: str) -> Demand | NoDemand:
    rules = rules_for(policy, context)
    if rules:
        return Demand(
            policy_sha256=policy.sha256,
            rules=rules,
            unsigned=policy.evidence.unsigned,
            keys=tuple(key.name for key in policy.evidence.keys),
        )
    known = ", ".join(policy.contexts) or "none"
    says = "the policy is empty: it asks nothing in any context"
    if policy.contexts:
        says = f"the policy says nothing of {context} (it knows {known})"
    if rules is not None:
        says = f"the policy is empty in {context}: it has no rules there"
    return NoDemand(policy_sha256=policy.sha256, verdict=Verdict.MISSING, says=says)


def write_mistakes(mistakes: tuple[Mistake, ...]) -> str:
    """Return all mistakes as one text, each with its place."""
    return "; ".join(
        f"{mistake.file}:{mistake.line}: {mistake.path or 'the file'}: {mistake.says}"
        for mistake in mistakes
    )
