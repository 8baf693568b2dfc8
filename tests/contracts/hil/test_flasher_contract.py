"""What every flasher does, with a board of Python and with one of machine code.

A flasher joins by a bench of its own in ``BENCHES``.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from fwrelease.evidence.image import recognise
from hil.app import Lab
from hil.errors import FlashFault
from hil.interfaces import Flashed, FlasherContext, ImageFile, Progress
from hil.inventory.board import FlasherSpec
from hil.opening import open_session
from hil.registry import load_driver, load_inventory
from hil.session import Session
from tests.support.lab import FakeBoard, Temper, a_context, an_image, in_hand

RIGS = Path(__file__).parents[3] / "rigs"
TOOL = Path(__file__).parents[2] / "support" / "fake_tool.py"
STARTS = {"xmodem": "load\n", "xmodem1k": "load\n", "ymodem": "loady\n", "ymodem-g": "loadg\n"}


def nobody(_phase: str, _share: float) -> None:
    """Hear of progress, and do nothing."""


@dataclass
class Bench:
    """One board in the hand, an image that it takes and one that it refuses.

    ``pace`` stretches its deadlines: a tool takes a while before it begins. Whoever is killed
    cannot cancel its transfer, so a board that a tool was flashing ``needs_restart``.
    """

    session: Session
    good: ImageFile
    refused: ImageFile
    context: FlasherContext
    pace: float = 1.0
    needs_restart: bool = False

    def flash(
        self, image: ImageFile, *, progress: Progress = nobody, timeout_s: float = 20.0
    ) -> Flashed:
        spec = replace(self.context.spec, timeout_s=timeout_s * self.pace)
        flasher = load_driver("hil.flash", spec.driver)(replace(self.context, spec=spec))
        done: Flashed = flasher.flash(image, self.session, progress=progress)
        return done

    def to_bootloader(self) -> None:
        self.session._reach_bootloader(self.session.power_cycle)


def a_bench(
    driver: str, session: Session, folder: Path, *, good: ImageFile, refused: ImageFile
) -> Bench:
    spec = session.board.flasher
    board = replace(
        session.board,
        flasher=replace(spec, driver=driver, options=OPTIONS.get(driver) or started(driver, spec)),
    )
    context = a_context(board, folder, rig=session.rig)
    is_tool = driver == "tool"
    return Bench(session, good, refused, context, 10.0 if is_tool else 1.0, is_tool)


def started(driver: str, spec: FlasherSpec) -> dict[str, Any]:
    return {**spec.options, "start": STARTS[driver]}


OPTIONS: dict[str, dict[str, Any]] = {
    "scripted": {
        "steps": [
            {"send": "loady\n", "expect": "modem ready", "fails": "unknown"},
            {"transfer": "ymodem"},
            {
                "expect": "slot ok sha256 {sha256}",
                "fails": "slot (?:refused: [a-z ]+|empty)",
                "phase": "verify",
            },
        ]
    },
    "tool": {
        "command": [sys.executable, str(TOOL), "calmly", "{port}", "{image}"],
        "phases": {"transfer": r"Writing (?P<percent>\d+)%", "verify": "Verifying"},
        "errors": {"FLASH_REFUSED": ["slot refused"]},
    },
}


@contextmanager
def a_fake_bench(driver: str, folder: Path) -> Iterator[Bench]:
    fake = FakeBoard(temper=Temper(refuses_start=b"other board"))
    with in_hand(fake, folder) as session:
        refused = an_image(b"other board " * 200)
        yield a_bench(driver, session, folder, good=an_image(), refused=refused)


@contextmanager
def a_virtual_bench(driver: str, folder: Path) -> Iterator[Bench]:
    if util.find_spec("unicorn") is None:
        pytest.skip("unicorn is not installed: pip install 'fwrelease[virtual]'")
    lab = Lab(inventory=load_inventory(RIGS / "virtual.yaml"), state=folder / "state")
    rig = lab.inventory.rigs["virt-b1"]
    with open_session(lab, rig, transcript=folder / "virt-b1.log") as session:
        good, refused = committed("1.0.0"), committed("9.0.5-othername")
        yield a_bench(driver, session, folder, good=good, refused=refused)


def committed(name: str) -> ImageFile:
    data = (RIGS / "firmware" / "images" / f"nano-v2-{name}.bin").read_bytes()
    return ImageFile(facts=recognise(data, name=name), data=data)


BENCHES: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    f"{driver} on a {kind} board": partial(bench, driver)
    for driver in (*STARTS, *OPTIONS)
    for kind, bench in (("fake", a_fake_bench), ("virtual", a_virtual_bench))
}


@pytest.fixture(scope="module", params=list(BENCHES.values()), ids=list(BENCHES))
def open_bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with request.param(tmp_path_factory.mktemp("bench")) as opened:
        yield opened


@pytest.fixture
def bench(open_bench: Bench) -> Bench:
    open_bench.to_bootloader()
    return open_bench


class Stopped(Exception):
    """Somebody stops a flash from outside."""


def once_begun(act: Callable[[], object]) -> Progress:
    """Return what acts as soon as a part of the image has been sent."""

    def tell(_phase: str, share: float) -> None:
        if share > 0.0:
            act()

    return tell


def test_a_flashed_image_is_what_the_board_shows(bench: Bench) -> None:
    done = bench.flash(bench.good)
    bench.session.prove(bench.good)
    assert done.sent_bytes == len(bench.good.data)
    assert done.duration_s > 0.0


def test_progress_only_grows_and_ends_whole(bench: Bench) -> None:
    shares: list[float] = []
    bench.flash(bench.good, progress=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_an_image_for_another_board_is_refused(bench: Bench) -> None:
    with pytest.raises(FlashFault, match="slot refused") as raised:
        bench.flash(bench.refused)
    assert (raised.value.code, raised.value.phase) == ("FLASH_REFUSED", "verify")


def test_a_supply_that_is_cut_in_the_middle_ends_the_flash_by_its_deadline(bench: Bench) -> None:
    with pytest.raises(FlashFault) as raised:
        bench.flash(bench.good, progress=once_begun(bench.session.power.off), timeout_s=0.4)
    fault = raised.value
    assert (fault.code, fault.phase) == ("FLASH_TIMEOUT", "transfer")
    assert 0 < fault.sent_bytes <= len(bench.good.data)
    assert fault.duration_s >= 0.4
    bench.session.load(bench.good)
    bench.session.prove(bench.good)


def test_a_board_that_is_dark_ends_the_flash_by_its_deadline(bench: Bench) -> None:
    bench.session.power.off()
    with pytest.raises(FlashFault) as raised:
        bench.flash(bench.good, timeout_s=0.1)
    fault = raised.value
    assert (fault.code, fault.phase, fault.sent_bytes) == ("FLASH_TIMEOUT", "connect", 0)


def test_a_board_whose_flash_was_stopped_can_be_flashed_at_once(bench: Bench) -> None:
    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        bench.flash(bench.good, progress=once_begun(stop))
    if bench.needs_restart:
        bench.to_bootloader()
    bench.flash(bench.good)
    bench.session.prove(bench.good)
