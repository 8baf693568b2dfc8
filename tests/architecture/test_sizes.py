"""Every file that grew too large grew a little at a time."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40
LONGER_FOR_A_REASON = {"fwrelease/evidence/record.py:render"}  # one document, as it is published
MODULES = sorted([*(ROOT / "fwrelease").rglob("*.py"), *(ROOT / "hil").rglob("*.py")])
NOT_ON_WINDOWS = {"fcntl", "pty", "termios", "tty", "resource", "pwd", "grp"}
LOADED_EVERYWHERE = [path for path in MODULES if (ROOT / "hil" / "virtual") not in path.parents]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of the statements; signature and docstring are not counted."""
    first = 1 if ast.get_docstring(function) and len(function.body) > 1 else 0
    return (function.end_lineno or 0) - function.body[first].lineno + 1


def imported_at_top(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    long = [
        f"{name_of(path)}:{function.name}"
        for function in functions(path)
        if lines_of_body(function) > MOST_LINES_OF_A_FUNCTION
    ]
    assert set(long) <= LONGER_FOR_A_REASON


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_first_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", LOADED_EVERYWHERE, ids=name_of)
def test_a_module_that_loads_in_everybodys_pytest_loads_on_every_system(path: Path) -> None:
    assert not NOT_ON_WINDOWS & set(imported_at_top(path))
