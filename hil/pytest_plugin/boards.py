"""Boards in pytest: make cases, run those of this process's rigs, record every attempt."""

import json
import os
import uuid
from collections.abc import Generator
from pathlib import Path

import pytest

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.record import render_attempt, render_case
from hil.crash import crash_report
from hil.errors import HilFault, UsageFault
from hil.inventory.rig import Rig
from hil.links.line import Alarmed
from hil.pytest_plugin.bench import Bench
from hil.pytest_plugin.failure import describe
from hil.pytest_plugin.setting import Setting
from hil.pytest_plugin.slot import FIXTURES, NOT_ASKED, Slot, case_of, find_slots, read_wish
from hil.triage.signature import sign

BENCH = pytest.StashKey[Bench]()
_TRY = pytest.StashKey["Try"]()


class Try:
    """One attempt while it runs."""

    def __init__(self, rig: Rig, started: str, begun_s: float) -> None:
        self.rig = rig
        self.started = started
        self.begun_s = begun_s
        self.error: BaseException | None = None
        self.error_when = ""
        self.called = False
        self.backtrace: tuple[str, ...] = ()
        self.measurements: dict[str, float] = {}
        self.nonce = uuid.uuid4().hex[:8]


class BenchPlugin:
    """The hooks of a process that runs tests, or collects them for those that do."""

    def __init__(self, config: pytest.Config, setting: Setting) -> None:
        self.setting = setting
        self.out = Path(setting.plan.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.name = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.bench = Bench(setting)
        config.stash[BENCH] = self.bench

    # -- collection ----------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one case per slot out of a test that uses a board."""
        markers = list(metafunc.definition.iter_markers("hil"))
        if not FIXTURES & set(metafunc.fixturenames):
            if markers:
                pytest.fail(f"{metafunc.function.__name__}: marked hil, but uses no hil fixture")
            return
        try:
            slots = find_slots(self.setting, read_wish(markers))
        except UsageFault as fault:
            pytest.fail(f"{fault.message}; {fault.hint}", pytrace=False)
        slots = slots or [NOT_ASKED]  # pytest would skip a test without parameters
        ids = [slot.name for slot in slots]
        metafunc.parametrize("hil_slot", slots, ids=ids, indirect=True)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the cases that a rig of this process can run; write down all that there are."""
        cases = [(item, slot) for item in items if (slot := _slot(item)) is not None]
        asked = [
            (item, slot)
            for item, slot in cases
            if slot is not NOT_ASKED and self._is_asked(item, slot)
        ]
        own = {item for item, slot in asked if self._own_rig(item, slot) is not None}
        self._write_collected([item for item, _ in asked], own)
        others = [item for item, _ in cases if item not in own]
        if others:
            config.hook.pytest_deselected(items=others)
            gone = set(others)
            items[:] = [item for item in items if item not in gone]

    def _is_asked(self, item: pytest.Item, slot: Slot) -> bool:
        wave = self.setting.plan.wave
        case = case_of(_function(item), slot, self._own_rig(item, slot))
        if wave.kind is not WaveKind.MAIN:
            return case in self.setting.assignment(slot.rig).bound
        return wave.cases is None or case in wave.cases

    def _own_rig(self, item: pytest.Item, slot: Slot) -> Rig | None:
        wish = read_wish(item.iter_markers("hil"))
        rigs = (self.setting.lab.inventory.rigs[name] for name in self.setting.own_rigs)
        return next((rig for rig in rigs if slot.takes(rig) and wish.fits(rig)), None)

    def _write_collected(self, asked: list[pytest.Item], own: set[pytest.Item]) -> None:
        record = [
            {
                "node": item.nodeid,
                "own": item in own,
                "case": render_case(case_of(_function(item), _need_slot(item), None)),
            }
            for item in asked
        ]
        name = f"collected-{self.setting.plan.ordinal}-{self.name}.json"
        (self.out / name).write_text(json.dumps(record), encoding="utf-8")

    # -- running -------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record the attempt around a test."""
        slot = _slot(item)
        rig = self._own_rig(item, slot) if slot else None
        if slot is None or rig is None:
            return (yield)
        clock = self.setting.lab.clock
        item.stash[_TRY] = Try(rig, clock.utc().isoformat(), clock.monotonic())
        self._log({"start": item.nodeid, "rig": rig.name, "case": self._case(item, rig)})
        result = yield
        self._log({"attempt": render_attempt(self._finish(item, slot, rig))})
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Let no test pass whose board died meanwhile, though nobody asked it anything more."""
        yield
        if item.stash.get(_TRY, None) is not None:
            self.bench.refuse_alarms(item.stash[_TRY].rig)

    def _case(self, item: pytest.Item, rig: Rig) -> dict[str, str]:
        return render_case(case_of(_function(item), _need_slot(item), rig))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note the first error of an attempt, and tell the controller of a broken rig."""
        report = yield
        trial = item.stash.get(_TRY, None)
        if trial is not None:
            trial.called |= call.when == "call"
            if call.excinfo is not None and trial.error is None:
                trial.error, trial.error_when = call.excinfo.value, call.when
                trial.backtrace = self._backtrace(trial)
                self.bench.soil(trial.rig.name, trial.error)
                report.user_properties.append(("hil_layer", describe(trial.error).layer))
            if call.when == "setup":
                report.user_properties.append(("hil_rig", trial.rig.name))
        return report

    def _backtrace(self, trial: Try) -> tuple[str, ...]:
        session = self.bench.peek(trial.rig.name)
        if session is None or not isinstance(trial.error, Alarmed):
            return ()
        plan = self.setting.plan
        return crash_report(
            session,
            trial.error.alarm,
            tables=self.setting.lab.tables(session.board),
            symbols=[Path(path) for path in (*plan.symbols, *plan.images.values())],
        )

    def _finish(self, item: pytest.Item, slot: Slot, rig: Rig) -> Attempt:
        trial = item.stash[_TRY]
        session = self.bench.peek(rig.name)
        case = case_of(_function(item), slot, rig)
        said = describe(trial.error)
        phase = session.phase if session else "open"
        failed = said.outcome in {Outcome.FAILED, Outcome.ERRORED}
        image = session.image if session else None
        return Attempt(
            case=case,
            rig=rig.name,
            wave=self.setting.plan.wave.kind,
            ordinal=self.setting.plan.ordinal,
            image_sha256=image.facts.sha256
            if image
            else self.setting.assignment(rig.name).image_sha256,
            outcome=said.outcome if trial.called or failed else Outcome.SKIPPED,
            started=trial.started,
            duration_s=round(self.setting.lab.clock.monotonic() - trial.begun_s, 4),
            transcript=str(session.line.transcript.path) if session else "",
            proven=bool(session and image and session.proven),
            layer=said.layer,
            code=said.code,
            phase=phase if failed else "",
            signature=sign(code=said.code, phase=phase, anchor=said.anchor) if failed else "",
            says=said.says,
            transcript_to=session.line.transcript.position() if session else 0,
            backtrace=trial.backtrace,
            measurements=dict(trial.measurements),
        )

    def _log(self, record: dict[str, object]) -> None:
        with (self.out / "attempts.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record | {"ordinal": self.setting.plan.ordinal}) + "\n")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let go of the rigs."""
        for fault in self.bench.close():
            session.config.get_terminal_writer().line(f"hil: {fault.message}")
        if not hasattr(session.config, "workerinput"):
            for lease in self.setting.leases:
                lease.release()


def current_try(item: pytest.Item) -> Try:
    """Return the attempt that ``item`` is in."""
    return item.stash[_TRY]


def case_words(item: pytest.Item) -> str:
    """Return the name of the case that ``item`` is, for progress."""
    return case_of(_function(item), _need_slot(item), current_try(item).rig).case


def _function(item: pytest.Item) -> pytest.Function:
    if not isinstance(item, pytest.Function):
        raise HilFault(
            f"{item.nodeid}: only functions can use a board", hint="write it so", code="TEST"
        )
    return item


def _slot(item: pytest.Item) -> Slot | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("hil_slot") if callspec else None
    return found if isinstance(found, Slot) else None


def _need_slot(item: pytest.Item) -> Slot:
    slot = _slot(item)
    assert slot is not None
    return slot
