"""The recipes in docs/how-to/switch-power.md: each parses, and runs what it says."""

import re
import shutil
import subprocess
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from hil.app import SystemClock
from hil.interfaces import PowerContext, ToolResult
from hil.inventory.rig import Rig
from hil.registry import load_driver, load_inventory
from tests.support.command import BENCH

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "switch-power.md"
RECIPES = dict(re.findall(r"## ([^\n]+)\n.*?```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
COMMANDS = [name for name, text in RECIPES.items() if "driver: command" in text]


def a_rig_with(recipe: str, folder: Path) -> Rig:
    rig = "bench-3:\n  board: nano\n  revision: b\n  serial: /dev/full\n"
    text = BENCH + textwrap.indent(rig + textwrap.indent(recipe, "  "), "  ")
    path = folder / "lab.yaml"
    path.write_text(text, encoding="utf-8")
    return load_inventory(path).rigs["bench-3"]


def test_the_page_has_a_recipe_for_each_common_switch() -> None:
    assert len(RECIPES) == 6
    assert len(COMMANDS) == 5


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_a_switch(name: str, tmp_path: Path) -> None:
    rig = a_rig_with(RECIPES[name], tmp_path)
    context = PowerContext(rig=rig, control=dict, run_tool=no_run, clock=SystemClock())
    load_driver("hil.power", rig.power.driver)(context)


def no_run(argv: Sequence[str], deadline_s: float) -> ToolResult:
    raise AssertionError(argv, deadline_s)


@pytest.mark.parametrize("name", COMMANDS)
def test_on_and_off_are_the_same_command_but_for_the_order(name: str, tmp_path: Path) -> None:
    ran: list[Sequence[str]] = []

    def run(argv: Sequence[str], _deadline_s: float) -> ToolResult:
        ran.append(argv)
        return ToolResult(exit_code=0, output="")

    rig = a_rig_with(RECIPES[name], tmp_path)
    context = PowerContext(rig=rig, control=dict, run_tool=run, clock=SystemClock())
    switch = load_driver("hil.power", "command")(context)
    switch.on()
    switch._run("off")  # without the time in the dark
    on, off = ran
    assert on != off
    assert len(on) == len(off)
    assert "{" not in " ".join([*on, *off])
    assert rig.power.options["channel"]


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_the_serial_relay_is_told_what_its_protocol_wants(tmp_path: Path) -> None:
    text = RECIPES["A serial relay"]
    rig = a_rig_with(re.sub(r"/dev/serial/\S+port0", str(tmp_path / "relay"), text), tmp_path)
    for order, wanted in (("on", b"\xa0\x01\x01\xa2"), ("off", b"\xa0\x01\x00\xa1")):
        command = str(rig.power.options[order])
        without_stty = re.sub(r"stty .*?&&", "", command)
        subprocess.run(["sh", "-c", without_stty], check=True)
        assert (tmp_path / "relay").read_bytes() == wanted
