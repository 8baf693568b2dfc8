"""Cell: one planted fault in one phase, with every way in which it may rightly end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("table.yaml")
ANY = "any"
_PASSING = frozenset({"passed", "recovered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one run ended; ``says`` is the message of the fault."""

    verdict: str
    code: str = ""
    phase: str = ""
    retries: int = 0
    says: str = ""

    @property
    def label(self) -> str:
        """The outcome in a few words, the same for the same outcome."""
        place = f" in {self.phase}" if self.phase else ""
        return _words(self.verdict, self.code, self.retries) + place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Outcomes that are right. No code means none; None means any."""

    verdict: str
    codes: frozenset[str] | None = frozenset()
    phases: frozenset[str] | None = None
    retries: int | None = None

    def admits(self, outcome: Outcome) -> bool:
        """Whether ``outcome`` is one of these."""
        return (
            outcome.verdict == self.verdict
            and (outcome.code in self.codes if self.codes else self._needs_no_code(outcome))
            and (self.phases is None or outcome.phase in self.phases)
            and self.retries in {None, outcome.retries}
        )

    def _needs_no_code(self, outcome: Outcome) -> bool:
        return self.codes is None or not outcome.code

    @property
    def label(self) -> str:
        """The outcomes in a few words."""
        codes = "any code" if self.codes is None else "/".join(sorted(self.codes))
        place = f" in {'/'.join(sorted(self.phases))}" if self.phases else ""
        return _words(self.verdict, codes, self.retries or 0) + place


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A row of the table; its comments say what the keys mean."""

    name: str
    fault: str
    phase: str
    ends: tuple[Ending, ...]
    judged: str = "attempt"
    image: str = "good"
    old: str = "older"
    planted: str = "start"
    value: Mapping[str, Any] | None = None
    because: str = ""

    def is_right(self, outcome: Outcome) -> bool:
        """Whether the table allows ``outcome``."""
        return any(ending.admits(outcome) for ending in self.ends)

    def is_false_product_failure(self, outcome: Outcome) -> bool:
        """Whether a good image was found guilty."""
        return self.image == "good" and outcome.verdict in {"failed", "product failure"}

    def is_missed(self, outcome: Outcome) -> bool:
        """Whether a bad image was let through."""
        return self.image != "good" and outcome.verdict in _PASSING


def _words(verdict: str, code: str, retries: int) -> str:
    if verdict == "recovered":
        return f"recovered after {retries} retries" if retries else verdict
    tried = f" after {retries} retries" if retries else ""
    return f"{verdict} {code}".strip() + tried


def read_table(path: Path = TABLE) -> tuple[Cell, ...]:
    """Return the committed table."""
    rows = yaml.safe_load(path.read_text("utf-8"))["cells"]
    cells = tuple(_cell(dict(row)) for row in rows)
    assert len({cell.name for cell in cells}) == len(cells), "two cells of one name"
    return cells


def read_output(path: Path = TABLE) -> dict[str, range]:
    """Return which bytes of a healthy board's output fall into which phase for certain."""
    said = yaml.safe_load(path.read_text("utf-8"))["said"]
    return {phase: range(*span) for phase, span in said.items()}


def _cell(row: dict[str, Any]) -> Cell:
    ends = tuple(_ending(**ending) for ending in row.pop("ends"))
    return Cell(name=row.pop("cell"), ends=ends, **row)


def _ending(
    *,
    verdict: str,
    code: list[str] | str = (),  # type: ignore[assignment] # an empty list, but not a mutable one
    phase: list[str] | None = None,
    retries: int | None = None,
) -> Ending:
    return Ending(
        verdict=verdict,
        codes=None if code == ANY else frozenset(code),
        phases=None if phase is None else frozenset(phase),
        retries=retries,
    )
