"""A lab for planted faults: short deadlines, and boards that hold an older image already."""

from pathlib import Path

from hil.app import Lab
from hil.registry import load_inventory
from tests.faults.attempt import Attempt
from tests.support.bench import LabFolder

RIGS = Path(__file__).parents[2] / "rigs" / "virtual.yaml"
FAULTY, NEIGHBOUR = "virt-b1", "virt-b2"
_SHORTER = {
    'prompt: "boot> "\n': 'prompt: "boot> "\n      window_timeout_s: 2\n      timeout_s: 25\n',
    "serial: virtual,": "serial: virtual, line: {return_s: 2},",
    'prompt: "nano> "\n': 'prompt: "nano> "\n      boot_timeout_s: 4\n',
}


def write_inventory(folder: Path) -> LabFolder:
    """Write the lab of the virtual rigs with deadlines that fit a board which starts in 0.4 s."""
    text = RIGS.read_text("utf-8")
    for old, new in _SHORTER.items():
        assert old in text, old
        text = text.replace(old, new)
    lab = LabFolder(folder)
    lab.inventory.parent.mkdir(parents=True)
    lab.inventory.write_text(text, encoding="utf-8")
    return lab


def open_lab(folder: LabFolder) -> Lab:
    """Return that lab for this process."""
    return Lab(
        inventory=load_inventory(folder.inventory),
        state=folder.root / "state",
        locks=folder.root / "locks",
    )


def flash_of_older(folder: LabFolder) -> bytes:
    """Return the flash of a board that holds the older image."""
    lab = open_lab(folder)
    older = Attempt(lab=lab, rig=FAULTY, image="older", folder=folder.root / "older")
    assert (ended := older.run()).verdict == "passed", ended
    return _flash_of(lab, FAULTY).read_bytes()


def hold(lab: Lab, flash: bytes) -> None:
    """Put ``flash`` onto the boards of the faulty rig and its neighbour."""
    for rig in (FAULTY, NEIGHBOUR):
        path = _flash_of(lab, rig)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(flash)


def _flash_of(lab: Lab, rig: str) -> Path:
    return lab.state / "virtual" / rig / "flash.bin"
