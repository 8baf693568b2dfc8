"""Workers: one pytest-xdist worker holds one rig; which case goes to which is ours to say.

The scheduler is a thin shell over :mod:`hil.scheduling.policy`. A worker collects all cases and
keeps those that its rig can run, so that what it collected says what it can be given.
"""

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hil.campaigns.record import render_plan
from hil.pytest_plugin.setting import Setting
from hil.scheduling.policy import choose_case

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_LOOK_AHEAD = 2  # xdist starts a case only once it holds the next one, or is told to end


class RigScheduling:
    """xdist's Scheduling protocol: gives each worker what its rig can run, until none is left."""

    def __init__(self, plugin: "ControllerPlugin") -> None:
        self._plugin = plugin
        self._index: dict[WorkerController, dict[str, int]] = {}
        self._queued: dict[WorkerController, list[str]] = {}
        self._known: set[str] = set()
        self._waiting: set[str] = set()
        self._starting: set[WorkerController] = set()

    @property
    def nodes(self) -> "list[WorkerController]":
        """The workers that take part."""
        return list(self._queued)

    @property
    def collection_is_completed(self) -> bool:
        """Whether any worker has collected: it need not wait for the others."""
        return bool(self._index)

    @property
    def tests_finished(self) -> bool:
        """Whether nothing runs, and nothing waits that a worker could still take."""
        if not self._index or self._starting or any(self._queued.values()):
            return False
        return not any(self._waiting & index.keys() for index in self._index.values())

    @property
    def has_pending(self) -> bool:
        """Whether anything waits or runs."""
        return bool(self._waiting) or any(self._queued.values())

    def add_node(self, node: "WorkerController") -> None:
        """Take in a worker that has started."""
        self._queued[node] = []
        self._starting.add(node)

    def add_node_collection(self, node: "WorkerController", collection: Sequence[str]) -> None:
        """Learn what a worker can run."""
        self._starting.discard(node)
        self._index[node] = {name: number for number, name in enumerate(collection)}
        self._waiting |= set(collection) - self._known
        self._known |= set(collection)

    def schedule(self) -> None:
        """Give every worker that has collected what it can take."""
        for node in list(self._index):
            self._feed(node)

    def mark_test_complete(
        self, node: "WorkerController", item_index: int, duration: float = 0
    ) -> None:
        """Take note that a worker is done with a case, and give it another."""
        del duration  # seconds; the attempts' own record is what history keeps
        name = next(name for name, number in self._index[node].items() if number == item_index)
        self._queued[node].remove(name)
        self._feed(node)

    def mark_test_pending(self, item: str) -> None:
        """Take a case back to be run again."""
        self._waiting.add(item)
        self.schedule()

    def remove_pending_tests_from_node(
        self, node: "WorkerController", indices: Sequence[int]
    ) -> None:
        """Do nothing: this scheduler never asks a worker to give cases back."""

    def remove_node(self, node: "WorkerController") -> str | None:
        """Forget a worker; return the case that it died in, its others go to whoever can."""
        queued = self._queued.pop(node)
        self._index.pop(node, None)
        self._starting.discard(node)
        self._waiting |= set(queued[1:])
        self.schedule()
        return queued[0] if queued else None

    def _feed(self, node: "WorkerController") -> None:
        if node.shutting_down:
            return
        while len(self._queued[node]) < _LOOK_AHEAD and not self._plugin.is_broken(node):
            name = choose_case(self._waiting, self._index[node], {})
            if name is None:
                break
            self._waiting.remove(name)
            self._queued[node].append(name)
            node.send_runtest_some([self._index[node][name]])
        if self._plugin.is_broken(node) or not self._waiting & self._index[node].keys():
            node.shutdown()


class ControllerPlugin:
    """The hooks of the process that hands out cases; it knows who has which rig."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._out = Path(setting.plan.out)
        self._rig_of: dict[str, str] = {}
        self._broken: set[str] = set()
        self._ran: set[str] = set()

    def is_broken(self, node: "WorkerController") -> bool:
        """Return whether a worker's rig has failed; it gets nothing more in this wave."""
        return self._rig_of.get(node.gateway.id, "") in self._broken

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self) -> RigScheduling:
        """Take the place of xdist's own schedulers, whatever ``--dist`` says."""
        return RigScheduling(self)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: "WorkerController") -> None:
        """Give a starting worker a rig that no other one has; without one it stays idle."""
        taken = set(self._rig_of.values())
        free = (rig for rig in self._setting.own_rigs if rig not in taken)
        rig = next(free, "")
        if rig:
            self._rig_of[node.gateway.id] = rig
        node.workerinput["hil_rig"] = rig
        node.workerinput["hil_confirms"] = self._setting.confirms
        node.workerinput["hil_plan"] = json.dumps(render_plan(self._setting.plan))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: "WorkerController", error: object) -> None:
        """Take the rig of a worker that ended back, for its replacement."""
        del error
        self._rig_of.pop(node.gateway.id, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which rig failed, and which cases were run at all."""
        said = dict(report.user_properties)
        self._ran.add(report.nodeid)
        node = getattr(report, "node", None)
        if said.get("hil_layer") == "rig" and node is not None:
            self._broken.add(self._rig_of.get(node.gateway.id, ""))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Count what all workers collected, where xdist counts what the last one did."""
        result = yield
        session.testscollected = len(self._collected())
        return result

    def _collected(self) -> dict[str, Any]:
        """Return every case that any worker found, by its node id."""
        found: dict[str, Any] = {}
        for path in sorted(self._out.glob(f"collected-{self._setting.plan.ordinal}-*.json")):
            for entry in json.loads(path.read_text("utf-8")):
                found[entry["node"]] = entry
        return found

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Never end green while a case was not run: no rig could take it."""
        if set(self._collected()) - self._ran and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the cases that were not run."""
        missing = sorted(set(self._collected()) - self._ran)
        if missing:
            terminalreporter.section("hil: not run")
            for name in missing:
                terminalreporter.line(f"{name}: no rig that is left can run it")
