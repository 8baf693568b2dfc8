"""The recipes against the tools: each takes its options, and says that no device is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hil.errors import FlashFault
from hil.flash.tool import ToolFlasher
from hil.inventory.board import ImageSpec
from hil.inventory.recipes import apply_recipe
from hil.registry import flasher_recipes
from tests.support.lab import FakeBoard, a_board, a_context, an_image, in_hand
from tests.support.programs import PATH, need

pytestmark = pytest.mark.system

GIVEN: dict[str, dict[str, Any]] = {
    "avrdude": {"part": "m328p", "programmer": "arduino"},
    "dfu-util": {},
    "esptool": {"chip": "esp32c3"},
    "openocd": {"interface": "interface/stlink.cfg", "target": "target/stm32f4x.cfg"},
    "stm32flash": {},
}


@contextmanager
def no_device(_self: object = None) -> Iterator[str]:
    yield "/dev/ttyNONE"


@pytest.mark.parametrize("probe_id", ["", "0666FF"])
@pytest.mark.parametrize("reads", [False, True], ids=["write", "read back"])
@pytest.mark.parametrize("name", GIVEN)
def test_a_tool_takes_the_options_of_its_recipe(
    name: str,
    reads: bool,  # noqa: FBT001 (a parameter of the test)
    probe_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need(name)
    monkeypatch.setenv("PATH", PATH)
    options = apply_recipe({"driver": "tool", "with": GIVEN[name]}, flasher_recipes()[name])
    if reads:
        options["command"] = options["proof"]["read_back"]
    spec = replace(a_board().flasher, driver="tool", timeout_s=30.0, options=options)
    board = replace(a_board(), flasher=spec, image=ImageSpec(at=0x08000000))
    places = {"probe_id": probe_id, "file": str(tmp_path / "back.bin")}
    context = replace(a_context(board, tmp_path), places=places)
    with in_hand(FakeBoard(), tmp_path) as session:
        session.hand_over = no_device  # type: ignore[method-assign]
        with pytest.raises(FlashFault) as raised:
            ToolFlasher(context).flash(an_image(), session, progress=lambda *_: None)
    assert raised.value.code == "FLASH_CONNECT", raised.value.message
