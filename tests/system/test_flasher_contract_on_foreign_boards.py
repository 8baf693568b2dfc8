"""The contract of every flasher, kept on boards and by tools that nobody here wrote."""

import copy
import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hil.app import Lab
from hil.errors import RigFault
from hil.interfaces import ImageFile
from hil.opening import open_session
from hil.registry import load_inventory
from tests.contracts.hil import test_flasher_contract as contract
from tests.contracts.hil.test_flasher_contract import Bench, once_begun
from tests.support.lab import a_context, an_image
from tests.support.programs import PATH, need
from tests.system.test_esptool import INVENTORY

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

QEMU = Path(__file__).parents[2] / "rigs" / "qemu.yaml"
OTHER_MAGIC = bytes.fromhex("efbeadde")
LOOK = {
    "send": "if itest.l *80200000 == deadbeef; then echo slot refused; else echo slot taken; fi\n",
    "expect": r"\nslot taken\s+=> ",
    "fails": r"\nslot refused",
    "phase": "verify",
}


def a_payload(start: bytes = b"") -> ImageFile:
    return an_image(start + random.Random(5).randbytes(8192 - len(start)))


@contextmanager
def opened(inventory: Path, rig: str, folder: Path) -> Iterator[Bench]:
    lab = Lab(inventory=load_inventory(inventory), state=folder / "state", locks=folder / "locks")
    found = lab.inventory.rigs[rig]
    with open_session(lab, found, transcript=folder / f"{rig}.log") as session:
        places = lab.places(found)
        context = replace(a_context(session.board, folder, rig=found), places=places)
        yield Bench(session, a_payload(), a_payload(OTHER_MAGIC), context, pace=5.0)


@contextmanager
def a_uboot(folder: Path) -> Iterator[Bench]:
    """Yield U-Boot, with a step by which it looks at what it got."""
    need("qemu-system-riscv64")
    with opened(QEMU, "qemu-1", folder) as bench:
        bench.needs_restart = True  # it throws away what is typed while it ends a transfer
        options = copy.deepcopy(dict(bench.context.spec.options))
        options["steps"].insert(3, LOOK)
        bench.context = replace(bench.context, spec=replace(bench.context.spec, options=options))
        yield bench


@contextmanager
def an_esp32(folder: Path) -> Iterator[Bench]:
    """Yield the mock of an ESP32-C3, and an image that is larger than its flash memory."""
    need("esptool")
    (folder / "lab.yaml").write_text(INVENTORY, encoding="utf-8")
    with opened(folder / "lab.yaml", "esp-1", folder) as bench:
        bench.pace, bench.needs_restart = 10.0, True
        yield bench


BOARDS: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "scripted on U-Boot": a_uboot,
    "esptool on an ESP32": an_esp32,
}


@pytest.fixture(params=list(BOARDS.values()), ids=list(BOARDS))
def bench(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    monkeypatch.setenv("PATH", PATH + os.pathsep)
    with request.param(tmp_path) as ready:
        ready.to_bootloader()
        yield ready


test_a_flashed_image_is_what_the_board_shows = contract.test_a_flashed_image_is_what_the_board_shows
test_progress_only_grows_and_ends_whole = contract.test_progress_only_grows_and_ends_whole
test_a_board_whose_flash_was_stopped_can_be_flashed_at_once = (
    contract.test_a_board_whose_flash_was_stopped_can_be_flashed_at_once
)


@pytest.mark.parametrize("bench", [a_uboot], ids=["scripted on U-Boot"], indirect=True)
def test_an_image_that_the_board_looks_at_is_refused(bench: Bench) -> None:
    contract.test_an_image_for_another_board_is_refused(bench)


def test_a_supply_that_is_cut_in_the_middle_is_the_labs_fault(bench: Bench) -> None:
    with pytest.raises(RigFault) as raised:
        bench.flash(bench.good, progress=once_begun(bench.session.power.off), timeout_s=1.0)
    assert raised.value.code in {"LINK_CLOSED", "FLASH_TRANSFER", "FLASH_TIMEOUT", "LINK_ABSENT"}
