"""Tally: what came out of all runs of the table, as JSON and as a page."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.cell import Cell

DOCS = Path(__file__).parents[2] / "docs"
RESULT, PAGE = DOCS / "fault-table.json", DOCS / "fault-table.md"
BREACHES = {
    "wrong ending": "ended otherwise than the table says",
    "false product failure": "found a good image guilty",
    "missed": "let a bad image through",
    "hang": "went on past the sum of its deadlines",
    "child left": "left a process behind",
    "lease kept": "left a rig that could not be leased at once",
    "still ill": "did not pass once the fault was taken away",
}

_HEAD = """\
# Planted faults

What the harness makes of a rig that fails, on virtual rigs with planted faults. The table of the
valid cells, `tests/faults/table.yaml`, was committed before the first run; this page is made from
it and from [`fault-table.json`](fault-table.json), and a test fails where they part.

    nox -s faults                                   # 30 seeds a cell: about half an hour
    nox -s faults -- --seeds 2 --cell power-cut-in-the-transfer
    nox -s faults -- --keep "$(git rev-parse --short=12 HEAD)"     # into this page

The seed decides where a fault strikes (which byte, which page) and what a noisy line spoils. Every
run has to end within the sum of its deadlines, leave no process, give its lease back, and pass when
it is done again without the fault. A *hypothesis* is what one try on one rig takes for the
product's fault; it is no verdict before a campaign has compared with another rig and with the last
good build, and those rows are judged by `hil run`.
"""


_CORRECTED = """\
Expectations that runs corrected. Where that happened after the run above, its endings were judged
anew by the corrected row, not run again:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a cell: how it ended, and what it should not have done."""

    cell: str
    seed: int
    ended: str
    took_s: float
    breaches: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Row:
    """The runs of one cell."""

    runs: int = 0
    longest_s: float = 0.0
    ended: dict[str, int] = field(default_factory=dict)
    breaches: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Result:
    """All rows, and where they come from."""

    commit: str
    date: str
    seeds: int
    cells: dict[str, Row]


def tally(runs: Iterable[Run], *, commit: str, date: str) -> Result:
    """Count."""
    cells: dict[str, Row] = {}
    ended: dict[str, Counter[str]] = {}
    breaches: dict[str, Counter[str]] = {}
    for run in sorted(runs, key=lambda run: (run.cell, run.seed)):
        row = cells.setdefault(run.cell, Row())
        row.runs += 1
        row.longest_s = round(max(row.longest_s, run.took_s), 1)
        ended.setdefault(run.cell, Counter())[run.ended] += 1
        breaches.setdefault(run.cell, Counter()).update(run.breaches)
    for name, row in cells.items():
        row.ended = dict(ended[name].most_common())
        row.breaches = dict(breaches[name])
    seeds = min((row.runs for row in cells.values()), default=0)
    return Result(commit=commit, date=date, seeds=seeds, cells=cells)


def to_json(result: Result) -> str:
    """Return what ``from_json`` reads."""
    return json.dumps({"schema": 1, **asdict(result)}, indent=1) + "\n"


def from_json(text: str) -> Result:
    """Read a result."""
    data = json.loads(text)
    cells = {name: Row(**row) for name, row in data["cells"].items()}
    return Result(commit=data["commit"], date=data["date"], seeds=data["seeds"], cells=cells)


def render(table: Sequence[Cell], result: Result) -> str:
    """Return the whole page."""
    rows = [_line(cell, result.cells.get(cell.name, Row())) for cell in table]
    head = ("cell", "fault, phase", "image", "judged by", "has to end as", "ended as", "longest")
    because = [f"- `{cell.name}`: {cell.because}\n" for cell in table if cell.because]
    return "\n".join(
        [
            _HEAD,
            f"Run {result.date} at commit `{result.commit}`, {result.seeds} seeds a cell.\n",
            _table(("of all runs", "how many"), _totals(result)),
            "## Cells\n",
            _table(head, rows),
            *([_CORRECTED, "".join(because)] if because else []),
        ]
    )


def _totals(result: Result) -> list[tuple[str, str]]:
    runs = sum(row.runs for row in result.cells.values())
    counts = {
        says: sum(row.breaches.get(name, 0) for row in result.cells.values())
        for name, says in BREACHES.items()
    }
    return [(says, f"{count} of {runs}") for says, count in counts.items()]


def _line(cell: Cell, row: Row) -> tuple[str, ...]:
    ended = "<br>".join(f"{label} ({count})" for label, count in row.ended.items())
    broken = "".join(f"<br>**{name} ({count})**" for name, count in row.breaches.items())
    return (
        cell.name,
        f"{cell.fault}, {cell.phase}",
        cell.image,
        cell.judged,
        "<br>".join(ending.label for ending in cell.ends),
        ended + broken,
        f"{row.longest_s:g} s",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
