"""Failure: what an exception out of a test says, before any experiment."""

from dataclasses import dataclass

import pytest

from hil.campaigns.attempt import Outcome
from hil.errors import HilFault, ProductFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An outcome, whose fault it looks like, and by what it is known again."""

    outcome: Outcome
    layer: str = ""
    code: str = ""
    anchor: str = ""
    says: str = ""


def describe(error: BaseException | None) -> Said:
    """Return what ``error`` says; None is a pass."""
    match error:
        case None:
            return Said(outcome=Outcome.PASSED)
        case pytest.skip.Exception():
            return Said(outcome=Outcome.SKIPPED, says=str(error))
        case ProductFault() as fault:
            return _said(Outcome.FAILED, fault)
        case HilFault() as fault:
            return _said(Outcome.ERRORED, fault)
        case AssertionError() | pytest.fail.Exception():
            first = str(error).strip().split("\n", 1)[0] or "an assertion without words"
            return Said(
                outcome=Outcome.FAILED, layer="product", code="ASSERT", anchor=first, says=first
            )
        case _:
            words = f"{type(error).__name__}: {error}"
            return Said(
                outcome=Outcome.FAILED, layer="test", code="EXCEPTION", anchor=words, says=words
            )


def _said(outcome: Outcome, fault: HilFault) -> Said:
    layer = fault.layer if fault.layer != "usage" else "test"
    return Said(
        outcome=outcome, layer=layer, code=fault.code, anchor=fault.anchor, says=fault.message
    )
