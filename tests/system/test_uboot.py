"""U-Boot on QEMU: a bootloader that nobody here wrote, flashed and tested from YAML alone."""

import random
import re
from pathlib import Path

import pytest

from tests.support.programs import Lab, need

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

QEMU = Path(__file__).parents[2] / "rigs" / "qemu.yaml"
NOR_AT = 0x100000  # of the image in the second NOR memory, which begins at 0x22000000


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    need("qemu-system-riscv64")
    return Lab(QEMU, tmp_path)


def a_payload(folder: Path, *, seed: int = 1, size: int = 64 * 1024) -> Path:
    """Return a file of bytes that no memory holds by chance."""
    file = folder / f"payload-{seed}.bin"
    file.write_bytes(random.Random(seed).randbytes(size))
    return file


def test_an_image_is_flashed_proven_after_a_reset_and_after_a_power_cut_and_then_tested(
    lab: Lab, tmp_path: Path
) -> None:
    image = a_payload(tmp_path)
    flashed = lab.flash("qemu-1", image)  # proven after system_reset on QEMU's monitor
    assert flashed["proven"] is True
    assert flashed["retries"] == 0
    held = (tmp_path / "state" / "rigs" / "qemu-1" / "nor.img").read_bytes()
    assert held[NOR_AT : NOR_AT + 64 * 1024] == image.read_bytes()

    # QEMU was killed in between: the supply was cut. What the board shows after that is enough.
    again = lab.hil("flash", "--rig", "qemu-1", "--image", image)
    assert b"proven on the board" in again.stdout
    assert b"flash 100%" not in again.stderr

    assert lab.run(f"uboot-virt={image}", "qemu-1") == dict.fromkeys(
        ["echo", "identity", "power_cycle", "reboot"], "passed"
    )


def test_a_person_can_talk_to_the_board(lab: Lab, tmp_path: Path) -> None:
    lab.hil("console", "--rig", "qemu-1", typed=b" \nversion\n")
    kept = (tmp_path / "state" / "transcripts" / "qemu-1.log").read_bytes()
    assert b"Hit any key to stop autoboot" in kept


def test_memory_that_cannot_be_written_fails_with_the_step_and_its_phase(
    lab: Lab, tmp_path: Path
) -> None:
    text = QEMU.read_text("utf-8")
    broken = tmp_path / "lab.yaml"
    erase = 'send: "erase {at_hex} +{size_hex}\\n"'
    assert erase in text
    broken.write_text(
        text.replace(erase, 'send: "protect on all; erase {at_hex} +{size_hex}\\n"'),
        encoding="utf-8",
    )
    image = a_payload(tmp_path, size=2048)
    done = Lab(broken, tmp_path).hil("flash", "--rig", "qemu-1", "--image", image)
    assert done.returncode == 3
    assert re.search(rb"step 4 \(protect on all.*the board said 'protected'", done.stderr)


def test_an_image_that_has_no_room_is_refused_before_the_board_is_touched(
    lab: Lab, tmp_path: Path
) -> None:
    image = a_payload(tmp_path, size=0x100000 + 1)
    done = lab.hil("flash", "--rig", "qemu-1", "--image", image)
    assert done.returncode == 2
    assert not (tmp_path / "state" / "rigs").exists()
