"""Policy: which rules hold in which context, and which evidence is let in.

There are three ways of having no policy, and all of them refuse: no file, a file with mistakes,
and a file that asks nothing in this context.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from fwrelease.gates.rule import Rule


class Unsigned(enum.StrEnum):
    """What happens to evidence that no known key signed."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """A key whose signature counts; ``public`` is PEM text."""

    name: str
    public: str


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
    """There is no policy file."""

    says: str


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
