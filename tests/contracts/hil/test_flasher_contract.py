"""What every flasher does, with a board of Python and with one of machine code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import util
from pathlib import Path

import pytest

from fwrelease.evidence.image import recognise
from hil.app import Lab
from hil.errors import RigFault
from hil.flash.xmodem1k import Xmodem1kFlasher
from hil.interfaces import Flasher, ImageFile
from hil.registry import load_inventory
from hil.session import Session
from tests.support.lab import FakeBoard, Temper, a_context, an_image, in_hand

RIGS = Path(__file__).parents[3] / "rigs"


@dataclass
class Bench:
    """One board in the hand, an image that it takes and one that it refuses."""

    session: Session
    good: ImageFile
    refused: ImageFile
    folder: Path

    def flasher(self, *, timeout_s: float = 20.0) -> Flasher:
        spec = replace(self.session.board.flasher, timeout_s=timeout_s)
        board = replace(self.session.board, flasher=spec)
        return Xmodem1kFlasher(a_context(board, self.folder, rig=self.session.rig))

    def flash(
        self,
        image: ImageFile,
        *,
        progress: Callable[[str, float], None] = lambda _phase, _share: None,
        timeout_s: float = 20.0,
    ) -> None:
        self.flasher(timeout_s=timeout_s).flash(image, self.session, progress=progress)


@contextmanager
def a_fake_bench(folder: Path) -> Iterator[Bench]:
    fake = FakeBoard(temper=Temper(refuses_start=b"other board"))
    with in_hand(fake, folder) as session:
        yield Bench(session, an_image(), an_image(b"other board " * 200), folder)


@contextmanager
def a_virtual_bench(folder: Path) -> Iterator[Bench]:
    if util.find_spec("unicorn") is None:
        pytest.skip("unicorn is not installed: pip install 'fwrelease[virtual]'")
    lab = Lab(inventory=load_inventory(RIGS / "virtual.yaml"), state=folder / "state")
    rig = lab.inventory.rigs["virt-b1"]
    with lab.open_session(rig, transcript=folder / "virt-b1.log") as session:
        yield Bench(session, committed("1.0.0"), committed("9.0.5-othername"), folder)


def committed(name: str) -> ImageFile:
    data = (RIGS / "firmware" / "images" / f"nano-v2-{name}.bin").read_bytes()
    return ImageFile(facts=recognise(data, name=name), data=data)


@pytest.fixture(params=[a_fake_bench, a_virtual_bench], ids=["fake", "virtual"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with request.param(tmp_path) as ready:
        ready.session._reach_bootloader(ready.session.power_cycle)
        yield ready


def test_a_flashed_image_is_what_the_board_shows(bench: Bench) -> None:
    bench.flash(bench.good)
    bench.session.prove(bench.good)


def test_a_board_can_be_flashed_again_and_again(bench: Bench) -> None:
    bench.flash(bench.good)
    bench.session.restart()
    bench.flash(bench.good)
    bench.session.prove(bench.good)


def test_progress_only_grows_and_ends_whole(bench: Bench) -> None:
    shares: list[float] = []
    bench.flash(bench.good, progress=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_an_image_for_another_board_is_refused(bench: Bench) -> None:
    with pytest.raises(RigFault, match="the bootloader said 'slot refused") as raised:
        bench.flash(bench.refused)
    assert raised.value.code == "FLASH_REFUSED"


def test_a_supply_that_is_cut_in_the_middle_fails_the_transfer(bench: Bench) -> None:
    def cut(_phase: str, share: float) -> None:
        if share > 0.0:
            bench.session.power.off()

    with pytest.raises(RigFault, match="no answer from the receiver while sending") as raised:
        bench.flash(bench.good, progress=cut, timeout_s=1.0)
    assert raised.value.code == "FLASH_TRANSFER"


def test_a_board_whose_flashing_was_cut_can_be_loaded_after_all(bench: Bench) -> None:
    with pytest.raises(RigFault):
        bench.flash(bench.good, progress=lambda *_: bench.session.power.off(), timeout_s=0.3)
    bench.session.load(bench.good)
    assert bench.session.image == bench.good


def test_a_board_that_is_dark_fails_the_transfer_at_the_deadline(bench: Bench) -> None:
    bench.session.power.off()
    with pytest.raises(RigFault, match="while waiting for the receiver") as raised:
        bench.flash(bench.good, timeout_s=0.2)
    assert raised.value.code == "FLASH_TRANSFER"
