"""Matrix: what each rig said of each case, with the candidate."""

from dataclasses import dataclass

from fwrelease.report.campaign import CONTROL, FAILED, PASSED, Campaign, Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one rig said of one case; ``word`` is empty where it did not try."""

    word: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A case, and what the rigs said in the order of the columns."""

    case: Case
    cells: tuple[Said, ...]


def tabulate(campaign: Campaign) -> tuple[MatrixRow, ...]:
    """Return a row for each case; its columns are the campaign's rigs."""
    return tuple(
        MatrixRow(case=case, cells=tuple(_summarise(case, rig.rig) for rig in campaign.rigs))
        for case in campaign.cases
    )


def _summarise(case: Case, rig: str) -> Said:
    outcomes = [a.outcome for a in case.attempts if a.rig == rig and a.wave != CONTROL]
    if not outcomes:
        return Said(word="", says="")
    kinds = sorted(set(outcomes))
    if len(kinds) == 1:
        times = f" {len(outcomes)} times" if len(outcomes) > 1 else ""
        return Said(word=kinds[0], says=f"{kinds[0]}{times}")
    word = "mixed" if set(kinds) == {FAILED, PASSED} else "errored"
    return Said(word=word, says=", ".join(f"{outcomes.count(kind)} {kind}" for kind in kinds))
