"""The bootloader image of a board type: part of the package, put into flash at each power-on."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from hil.virtual.memory_map import BOOTLOADER_BYTES
from hil.virtual.refusal import Refused
from hil.virtual.rigfile import RigFile


def _images() -> Traversable:
    """Return the folder of images: inside the package in a wheel, beside it in a checkout."""
    packaged = resources.files("hil") / "rigs"
    rigs = packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "rigs"
    return rigs / "firmware" / "images"


def read_bootloader(rig: RigFile) -> bytes:
    """Return the raw bootloader of the rig's board.

    Raises:
        Refused: there is none for this board type, or it does not fit its flash pages.
    """
    source: Traversable = rig.bootloader or _images() / f"boot-{rig.board}.bin"
    try:
        image = source.read_bytes()
    except OSError as error:
        raise Refused(f"no bootloader for board {rig.board!r}: {source} is not there") from error
    if len(image) > BOOTLOADER_BYTES:
        raise Refused(f"{source} has {len(image)} bytes, the bootloader's pages {BOOTLOADER_BYTES}")
    return image
