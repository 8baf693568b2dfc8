"""A switch driven by command lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from hil.app import SystemClock
from hil.errors import RigFault, UsageFault
from hil.interfaces import PowerContext, ToolResult
from hil.inventory.rig import PowerSpec
from hil.power.command import CommandPower
from hil.power.virtual import VirtualPower
from tests.support.lab import a_rig

ON_OFF = {"on": "relay 3 on", "off": "relay '3 x' off"}


@dataclass
class Switch:
    """Takes commands and orders down, and answers as it was told."""

    exit_code: int | None = 0
    answer: Mapping[str, object] = field(default_factory=lambda: {"ok": True})
    done: list[Sequence[str] | Mapping[str, str]] = field(default_factory=list)

    def run(self, argv: Sequence[str], _deadline_s: float) -> ToolResult:
        self.done.append(argv)
        return ToolResult(exit_code=self.exit_code, output="relay: no such port")

    def control(self, order: Mapping[str, str]) -> Mapping[str, object]:
        self.done.append(order)
        return self.answer

    def context(self, **options: str) -> PowerContext:
        rig = replace(
            a_rig(), power=PowerSpec(driver="command", off_s=0.0, options=options or ON_OFF)
        )
        return PowerContext(rig=rig, control=self.control, run_tool=self.run, clock=SystemClock())


def test_the_commands_of_the_inventory_are_run_as_they_stand() -> None:
    switch = Switch()
    power = CommandPower(switch.context())
    power.on()
    power.off()
    assert switch.done == [["relay", "3", "on"], ["relay", "3 x", "off"]]


def test_the_rigs_places_and_its_channel_are_filled_in_word_by_word() -> None:
    switch = Switch()
    context = switch.context(
        on="relay --for {rig} '{channel} on'", off="relay {channel} {unknown}", channel="a 3"
    )
    power = CommandPower(replace(context, places={"rig": "bench-1"}))
    power.on()
    power.off()
    assert switch.done == [["relay", "--for", "bench-1", "a 3 on"], ["relay", "a 3", "{unknown}"]]


def test_a_command_with_a_channel_needs_one() -> None:
    with pytest.raises(UsageFault, match=r"has \{channel\} and the rig has none"):
        CommandPower(Switch().context(on="relay {channel} on", off="relay {channel} off"))


def test_without_a_reset_command_the_supply_is_cycled() -> None:
    switch = Switch()
    CommandPower(switch.context()).reset()
    assert switch.done == [["relay", "3 x", "off"], ["relay", "3", "on"]]


def test_a_reset_command_is_taken_where_there_is_one() -> None:
    switch = Switch()
    CommandPower(switch.context(**ON_OFF, reset="relay 3 pulse")).reset()
    assert switch.done == [["relay", "3", "pulse"]]


@pytest.mark.parametrize(("exit_code", "says"), [(1, "exit 1"), (None, "did not end")])
def test_a_command_that_fails_is_the_labs_fault(exit_code: int | None, says: str) -> None:
    power = CommandPower(Switch(exit_code=exit_code).context())
    with pytest.raises(RigFault, match=f"power on: relay: {says}: relay: no such port") as raised:
        power.on()
    assert raised.value.code == "POWER"


def test_a_switch_without_its_commands_is_refused() -> None:
    with pytest.raises(UsageFault, match="needs the option 'off'"):
        CommandPower(Switch().context(on="relay 3 on"))


def test_a_virtual_switch_asks_its_adapter() -> None:
    switch = Switch()
    power = VirtualPower(switch.context())
    power.on()
    power.off()
    power.reset()
    assert switch.done == [
        {"do": "power", "to": "on"},
        {"do": "power", "to": "off"},
        {"do": "reset"},
    ]


def test_an_adapter_that_refuses_is_the_labs_fault() -> None:
    power = VirtualPower(Switch(answer={"ok": False, "error": "dead"}).context())
    with pytest.raises(RigFault, match="power on was refused: dead") as raised:
        power.on()
    assert raised.value.code == "POWER"
