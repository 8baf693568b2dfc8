"""The committed result: it covers the committed table, shows no breach, and the page says so."""

import pytest

from tests.faults.cell import Cell, Outcome, read_table
from tests.faults.strike import draw
from tests.faults.tally import PAGE, RESULT, Result, Run, from_json, render, tally, to_json

SEEDS = 30


@pytest.fixture
def result() -> Result:
    return from_json(RESULT.read_text("utf-8"))


def test_every_cell_of_the_table_was_run_with_every_seed(result: Result) -> None:
    runs = {name: row.runs for name, row in result.cells.items()}
    assert runs == {cell.name: SEEDS for cell in read_table()}


def test_no_run_broke_a_promise(result: Result) -> None:
    assert {name: row.breaches for name, row in result.cells.items() if row.breaches} == {}


def test_the_page_says_what_the_result_says(result: Result) -> None:
    assert PAGE.read_text("utf-8") == render(read_table(), result)


def test_a_result_is_read_back_as_it_was_written() -> None:
    run = Run(cell="healthy", seed=1, ended="passed", took_s=1.26, breaches=["child left"])
    result = tally([run], commit="0" * 12, date="2026-01-01")
    assert from_json(to_json(result)) == result
    assert "**child left (1)**" in render(read_table(), result)


def test_the_same_seed_strikes_the_same_place() -> None:
    cell = next(each for each in read_table() if each.value == {"programmed": "image"})
    first, again, other = (draw(cell, seed, image_bytes=12403) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("cell", read_table(), ids=lambda cell: cell.name)
def test_no_row_allows_what_must_never_happen(cell: Cell) -> None:
    for verdict in ("passed", "recovered", "failed", "product failure", "harness error", "hang"):
        ending = Outcome(verdict=verdict, code="NOT_SEEN", phase="test")
        never = cell.is_false_product_failure(ending) or cell.is_missed(ending)
        allowed = verdict in {each.verdict for each in cell.ends}
        assert not (allowed and (never or verdict in {"harness error", "hang"}))
