"""A person as the switch: asked at a real terminal, and nowhere else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hil.app import SystemClock
from hil.errors import UsageFault
from hil.interfaces import PowerContext
from hil.inventory.rig import PowerSpec
from hil.power.manual import ManualPower
from tests.support.lab import a_rig, no_tool
from tests.support.person import Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal is a pty")

SWITCH = """
import sys
from dataclasses import replace
from hil.app import SystemClock
from hil.errors import RigFault
from hil.interfaces import PowerContext
from hil.inventory.rig import PowerSpec, Rig
from hil.power.manual import ManualPower

power = PowerSpec(driver="manual", off_s=0.0, options={"timeout_s": float(sys.argv[1])})
rig = Rig(name="bench-1", board="nano", revision="b", serial="/dev/null", power=power)
context = PowerContext(rig=rig, control=dict, run_tool=print, clock=SystemClock())
try:
    for word in sys.argv[2:]:
        getattr(ManualPower(context), word)()
        print(f"{word} is done", flush=True)
except RigFault as fault:
    print(fault.code, fault.message, fault.hint)
except KeyboardInterrupt:
    print("interrupted")
"""


def argv(timeout_s: float, *words: str) -> list[str]:
    return [sys.executable, "-c", SWITCH, str(timeout_s), *words]


def test_a_person_is_asked_for_each_thing_and_says_when_it_is_done(tmp_path: Path) -> None:
    with Person(argv(60, "on", "off", "reset"), folder=tmp_path) as person:
        assert person.sees("bench-1: switch it on, then press Enter: ")
        person.types("\r")
        assert person.sees("on is done")
        assert person.sees("switch it off, then press Enter: ")
        person.types("done\r")
        assert person.sees("off is done")
        assert person.sees("press its reset button")
        person.types("\n")
        assert person.sees("reset is done")
        assert person.leaves_with() == 0
        assert person.terminal_is_as_before


def test_nobody_there_is_the_labs_fault_at_the_deadline(tmp_path: Path) -> None:
    with Person(argv(0.1, "on"), folder=tmp_path) as person:
        assert person.sees("POWER bench-1: its supply is switched by a person; nobody did it in")
        assert person.leaves_with() == 0
        assert person.terminal_is_as_before


def test_the_wait_for_a_person_can_be_interrupted(tmp_path: Path) -> None:
    with Person(argv(60, "off"), folder=tmp_path) as person:
        assert person.sees("press Enter: ")
        person.types(b"\x03")
        assert person.sees("interrupted")
        assert person.leaves_with() == 0


def test_without_a_terminal_it_says_what_this_rig_needs() -> None:
    done = subprocess.run(
        argv(60, "on"), capture_output=True, text=True, timeout=60, check=True,
        start_new_session=True,
    )  # fmt: skip
    assert "POWER bench-1: its supply is switched by a person; this process has no terminal" in (
        done.stdout
    )
    assert "`hil console`" in done.stdout


@pytest.mark.parametrize("timeout_s", ["long", 0, True])
def test_a_patience_that_is_no_time_is_refused(timeout_s: object) -> None:
    power = PowerSpec(driver="manual", options={"timeout_s": timeout_s})
    rig = replace(a_rig(), power=power)
    with pytest.raises(UsageFault, match=r"timeout_s: .* is no number of seconds"):
        ManualPower(PowerContext(rig=rig, control=dict, run_tool=no_tool, clock=SystemClock()))
