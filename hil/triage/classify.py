"""Classify: from the evidence square to who acts.

The table is that of docs/architecture.md. Only the same signature confirms. What the experiment
does not settle stays open: unstable or unconfirmed, never passed.
"""

import enum
from dataclasses import dataclass
from math import comb

from hil.triage.square import Cell, Square

_SIGNIFICANT = 0.05


class Kind(enum.StrEnum):
    """How a regression shows."""

    DETERMINISTIC = "deterministic"
    INTERMITTENT = "intermittent"
    RIG_SENSITIVE = "rig-sensitive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """The candidate fails and the last good build does not: the product's makers act."""

    kind: Kind
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreExisting:
    """The last good build fails likewise: whoever owns the old failure acts."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyRig:
    """This rig fails whatever it holds: the lab acts."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstable:
    """It failed once and the experiment does not say why."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A part of the experiment could not be made; ``says`` which."""

    says: str


Cause = Regression | PreExisting | FaultyRig | Unstable | Unconfirmed


def classify(square: Square) -> Cause:
    """Return the cause that the square shows."""
    if _rig_is_faulty(square):
        return FaultyRig(says=f"this rig fails whatever it holds: {_words(square)}")
    if not square.new_there.judged or not square.old_here.judged:
        return Unconfirmed(says=f"{_missing(square)}; {_words(square)}")
    kind = _regression(square)
    if kind is not None:
        return Regression(kind=kind, says=_words(square))
    if all(map(_fails_always, (square.new_here, square.new_there, square.old_here))):
        return PreExisting(says=_words(square))
    return Unstable(says=f"it does not show each time: {_words(square)}")


def _regression(square: Square) -> Kind | None:
    """Return how the candidate got worse; None unless the last good build is clean."""
    if square.old_here.failed or square.old_there.failed:
        return None
    if _fails_always(square.new_here) and _fails_always(square.new_there):
        return Kind.DETERMINISTIC
    if _fails_always(square.new_here) and not square.new_there.failed:
        return Kind.RIG_SENSITIVE
    return Kind.INTERMITTENT if _rate_differs(square) else None


def _rig_is_faulty(square: Square) -> bool:
    """Whether this rig fails with both builds, while another rig does not, or not like this.

    Errors are no evidence: those of a rig take it out by themselves, those of a worker say nothing.
    """
    here, there = (square.new_here, square.old_here), (square.new_there, square.old_there)
    if any(cell.passed or not cell.failed for cell in here):
        return False
    if square.old_there.failed or any(cell.errored for cell in there):
        return False
    if not square.new_there.failed:
        return square.new_there.passed > 0
    # A candidate that fails elsewhere in a way of its own says nothing for the rig.
    only_here = all(map(_fails_always, here)) and not square.new_there.same
    return only_here and square.old_there.passed > 0


def _fails_always(cell: Cell) -> bool:
    return cell.same > 0 and cell.same == cell.judged


def _rate_differs(square: Square) -> bool:
    """Whether the candidate fails too often for chance beside a clean last good build."""
    new_failed = square.new_here.same + square.new_there.same
    new_judged = square.new_here.judged + square.new_there.judged
    old_judged = square.old_here.judged + square.old_there.judged
    chance = fisher_one_sided(new_failed, new_judged, 0, old_judged)
    return new_failed > 0 and chance <= _SIGNIFICANT


def fisher_one_sided(failed: int, tries: int, failed_before: int, tries_before: int) -> float:
    """Return the chance of at least ``failed`` of ``tries`` if both builds failed alike.

    Fisher's exact test, one-sided: the hypergeometric tail with the margins held fixed.
    """
    total_failed = failed + failed_before
    every = comb(tries + tries_before, total_failed)
    tail = sum(
        comb(tries, k) * comb(tries_before, total_failed - k)
        for k in range(failed, min(tries, total_failed) + 1)
    )
    return tail / every


def _missing(square: Square) -> str:
    missing = []
    if not square.new_there.judged:
        missing.append("no second rig of this board and revision could be asked")
    if not square.old_here.judged:
        missing.append("no last good build could be compared with (give --baseline)")
    return "; ".join(missing)


def _words(square: Square) -> str:
    cells = (
        ("candidate here", square.new_here),
        ("candidate elsewhere", square.new_there),
        ("last good here", square.old_here),
        ("last good elsewhere", square.old_there),
    )
    shown = [_count(name, cell) for name, cell in cells if cell.judged or cell.errored]
    return ", ".join(shown) or "nothing could be tried again"


def _count(name: str, cell: Cell) -> str:
    tries = cell.judged + cell.errored
    extra = f", {cell.other} in another way" if cell.other else ""
    extra += f", {cell.errored} lab errors" if cell.errored else ""
    return f"{name} failed {cell.same} of {tries}{extra}"
