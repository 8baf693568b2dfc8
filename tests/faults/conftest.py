"""Seeds for the cells, and the tally of what came out, kept where that is asked for."""

import json
from importlib import util

import pytest

from hil.app import SystemClock
from tests.faults.cell import read_table
from tests.faults.lab import flash_of_older, write_inventory
from tests.faults.tally import PAGE, RESULT, Run, render, tally, to_json


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what ``nox -s faults`` says."""
    group = parser.getgroup("faults")
    group.addoption("--seeds", type=int, default=2, help="runs of each cell (default: 2)")
    group.addoption("--cell", action="append", help="only this cell; repeatable")
    group.addoption("--keep", metavar="COMMIT", help="write docs/fault-table.{json,md} for it")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one case of each cell and seed."""
    if {"cell", "seed"} <= set(metafunc.fixturenames):
        wanted = metafunc.config.getoption("cell", None)
        cells = [each for each in read_table() if not wanted or each.name in wanted]
        metafunc.parametrize("cell", cells, ids=lambda cell: cell.name)
        metafunc.parametrize("seed", range(1, 1 + metafunc.config.getoption("seeds", 2)))


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make the flash of a board with an older image, once per worker."""
    if util.find_spec("unicorn") is None:
        pytest.skip("unicorn is not installed: pip install 'fwrelease[virtual]'")
    return flash_of_older(write_inventory(tmp_path_factory.mktemp("older") / "lab"))


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tally where it was asked for; the workers of xdist only report."""
    commit = config.getoption("keep", None)
    if commit and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(commit))


class Keeper:
    """Collects the runs from the reports and writes result and page at the end."""

    def __init__(self, commit: str) -> None:
        self._commit = commit
        self._runs: list[Run] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the run that a test has recorded."""
        if report.when == "teardown":
            found = [value for name, value in report.user_properties if name == "run"]
            self._runs += [Run(**json.loads(str(value))) for value in found]

    def pytest_sessionfinish(self) -> None:
        """Write."""
        date = SystemClock().utc().date().isoformat()
        result = tally(self._runs, commit=self._commit, date=date)
        RESULT.write_text(to_json(result), encoding="utf-8")
        PAGE.write_text(render(read_table(), result), encoding="utf-8")
