"""Recipes for flashing tools: every one can be used as it stands, and mistakes are named."""

from pathlib import Path
from typing import Any

import pytest

from hil.errors import UsageFault
from hil.inventory.placeholder import fill_all, names_in
from hil.inventory.proof import AskProof, ReadBackProof, Unproven
from hil.inventory.recipes import apply_recipe
from hil.inventory.tool_spec import LineUse, ToolRefused, parse_tool
from hil.registry import flasher_recipes, load_inventory

RECIPES = flasher_recipes()
AT_USE = {
    *("port", "baud", "image", "image_file", "at", "size", "file", "probe_id"),
    *("free_port_1", "free_port_2", "free_port_3"),
}
NAMED = [
    *("avrdude", "dfu-util", "esptool", "jlink", "openocd"),
    *("probe-rs", "pyocd", "stm32flash", "west"),
]


def needed(recipe: str) -> dict[str, Any]:
    given = {name: f"<{name}>" for name in RECIPES[recipe].get("needs", {})}
    return {"driver": "tool", "recipe": recipe, "with": given}


def an_inventory(flasher: str, folder: Path) -> Path:
    file = folder / "lab.yaml"
    file.write_text(
        "version: 1\nboards:\n  chip:\n    console: {prompt: '> ', banner: hello}\n"
        f"    image: {{at: 0x1000}}\n    flasher: {flasher}\n"
    )
    return file


def test_the_tools_that_people_use_have_recipes() -> None:
    assert sorted(RECIPES) == NAMED


@pytest.mark.parametrize("name", NAMED)
def test_a_recipe_leaves_nothing_to_fill_in_but_what_each_flash_gives(name: str) -> None:
    flasher = apply_recipe(needed(name), RECIPES[name])
    assert names_in(flasher["command"]) <= AT_USE
    assert names_in(flasher.get("proof", {}).get("read_back", ())) <= AT_USE


@pytest.mark.parametrize("name", NAMED)
def test_a_recipe_is_a_tool_that_can_be_parsed_and_says_how_to_get_it(name: str) -> None:
    spec = parse_tool(apply_recipe(needed(name), RECIPES[name]))
    assert spec.install
    assert spec.phases
    assert {"FLASH_CONNECT"} <= {code for code, _ in spec.errors}
    assert (spec.line is LineUse.HANDED_OVER) == ("{port}" in " ".join(spec.command))


@pytest.mark.parametrize("name", NAMED)
def test_a_rig_without_a_probe_id_leaves_its_option_out(name: str) -> None:
    words = apply_recipe(needed(name), RECIPES[name])["command"]
    filled = fill_all(words, dict.fromkeys(AT_USE, "VALUE") | {"probe_id": ""})
    assert "" not in filled
    assert not any(word.startswith("-") for word in filled[-1:])
    if "{probe_id}" in words:
        assert not {"--uid", "--probe", "-S", "--dev-id"} & set(filled)


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"west"}))
def test_a_board_of_a_recipe_is_proven_by_reading_back(name: str, tmp_path: Path) -> None:
    given = ", ".join(f"{key}: x" for key in RECIPES[name].get("needs", {}))
    file = an_inventory(f"{{driver: tool, recipe: {name}, with: {{{given}}}}}", tmp_path)
    proof = load_inventory(file).boards["chip"].flasher.proof
    assert isinstance(proof, ReadBackProof)
    assert "file" in names_in(proof.command)


def test_the_boards_own_keys_come_before_those_of_the_recipe(tmp_path: Path) -> None:
    flasher = (
        "{driver: tool, recipe: stm32flash, before: reset, with: {speed: 57600}, "
        "proof: {send: 'crc\\n', expect: '(?P<crc32>\\w+)'}}"
    )
    spec = load_inventory(an_inventory(flasher, tmp_path)).boards["chip"].flasher
    assert spec.options["command"] == [
        *("stm32flash", "-b", "57600", "-w", "{image}", "-v", "-S", "{at}", "{port}"),
    ]
    assert spec.options["before"] == "reset"
    assert isinstance(spec.proof, AskProof)


def test_a_recipe_that_cannot_read_back_leaves_the_board_unproven(tmp_path: Path) -> None:
    flasher = "{driver: tool, recipe: west, with: {build: b, workspace: w}}"
    spec = load_inventory(an_inventory(flasher, tmp_path)).boards["chip"].flasher
    assert spec.proof == Unproven()


@pytest.mark.parametrize(
    ("flasher", "says"),
    [
        ("{driver: tool, recipe: magic}", "lab.yaml:6: boards.chip.flasher.recipe: no recipe"),
        ("{driver: tool, recipe: esptool}", "needs chip: for example esp32c3"),
        (
            "{driver: tool, recipe: esptool, with: {chip: esp32, sped: 1}}",
            "flasher.with.sped: unknown; known: chip, enter, leave, speed",
        ),
        ("{driver: tool, recipe: esptool, with: [1]}", "with: maps names to values"),
        ("{driver: tool}", "flasher.command: is the tool's command line"),
        ("{driver: tool, command: 'a \"b'}", "flasher.command: No closing quotation"),
        ("{driver: tool, command: a, phases: {boot: x}}", "phases.boot: no such phase; known:"),
        ("{driver: tool, command: a, errors: {BAD: [x]}}", "no code 'BAD'; known: FLASH_CONNECT"),
        ("{driver: tool, command: a, errors: {FLASH_TOOL: ['(']}}", "errors.FLASH_TOOL.0: missing"),
        ("{driver: tool, command: a, exits: {x: FLASH_TOOL}}", "exits.x: an exit status is"),
        ("{driver: scripted, steps: [reset]}", "none of the steps is a `transfer`"),
        ("{driver: scripted, steps: [jump]}", "flasher.steps.0: 'jump': a step is reset,"),
    ],
)
def test_a_mistake_is_named_where_it_stands(flasher: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as raised:
        load_inventory(an_inventory(flasher, tmp_path))
    assert says in raised.value.message


def test_words_that_are_no_choice_are_refused() -> None:
    with pytest.raises(ToolRefused, match="before: 'jump' is none of nothing, reset, power_cycle"):
        parse_tool({"command": "x", "before": "jump"})
    with pytest.raises(ToolRefused, match="command: is the tool's command line"):
        parse_tool({"command": [1]})
