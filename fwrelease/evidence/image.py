"""Image: what a firmware image is and says of itself, read from its bytes.

Both sides must agree on what a digest stands for, so this lives beside the evidence. How much an
image says depends on its format: MCUboot images state version and board, ELF files their machine
and build id, HEX files their addresses, and raw binaries nothing. See mcuboot.py, elf.py and
intel_hex.py for the formats.
"""

import enum
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fwrelease.errors import UsageFault
from fwrelease.evidence.elf import is_elf, read_elf
from fwrelease.evidence.intel_hex import is_hex, read_hex
from fwrelease.evidence.mcuboot import is_mcuboot, read_mcuboot
from fwrelease.evidence.segment import Chunk, Segment

_TEXT = bytes((*range(0x20, 0x7F), *range(0x80, 0x100), *b"\t\n\r\f\x1a"))
_LARGEST_FLAT_BYTES = 256 * 1024 * 1024
_LARGEST_GAP_BYTES = 16 * 1024 * 1024
_ERASED = b"\xff"
# A note in the bytes of a program: owner of 4 bytes, value of 20, type 3, "GNU".
_NOTE = b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0"
_APART = "take a flasher that reads the file itself, or leave out what this board does not flash"


class Format(enum.StrEnum):
    """How the file of an image is written."""

    MCUBOOT = "mcuboot"
    ELF = "elf"
    HEX = "hex"
    RAW = "raw"

    @property
    def suffix(self) -> str:
        """Return the ending that tools expect of such a file, with its dot."""
        return {Format.ELF: ".elf", Format.HEX: ".hex"}.get(self, ".bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One firmware image; ``sha256`` is that of the whole file, in lower-case hex.

    What the image does not say of itself is empty. ``holds`` is MCUBOOT where the bytes that end
    up on the board are an MCUboot image, whatever format the file has. ``segments`` is empty
    where the format knows no addresses.
    """

    sha256: str
    size_bytes: int
    version: str
    board: str
    revisions: tuple[str, ...]
    build_id: str
    format: Format = Format.RAW
    holds: Format = Format.RAW
    machine: str = ""
    entry: int | None = None
    segments: tuple[Segment, ...] = ()

    @property
    def shown_version(self) -> str:
        """Return the version, or for an image that states none what stands for it."""
        return self.version or unstated_version(self.sha256)


def unstated_version(sha256: str) -> str:
    """Return what stands where an image with this digest should state its version."""
    return f"sha256:{sha256[:12]}"


def recognise(data: bytes, *, name: str) -> Image:
    """Return what the image ``data`` is and says of itself; ``name`` is for messages only.

    Raises:
        UsageFault: it is empty, text, or not what its format can be.
        IntegrityFault: its bytes do not match a digest or checksum in it, or it is cut short.
    """
    bare = _bare(data)
    if is_mcuboot(data):
        return replace(
            _told(bare, (Chunk(address=0, data=data),), name=name), format=Format.MCUBOOT
        )
    if is_elf(data):
        elf = read_elf(data, name=name)
        image = replace(
            bare, format=Format.ELF, machine=elf.machine, entry=elf.entry, build_id=elf.build_id
        )
        return _told(_placed(image, elf.chunks), elf.chunks, name=name)
    if is_hex(data):
        file = read_hex(data, name=name)
        image = replace(bare, format=Format.HEX, entry=file.entry)
        return _told(_placed(image, file.chunks), file.chunks, name=name)
    _refuse_no_image(data, name)
    return _told(bare, (Chunk(address=0, data=data),), name=name)


def flat(data: bytes, *, name: str) -> Chunk:
    """Return the bytes of an image as a bootloader takes them, and the address of the first.

    Gaps of HEX and ELF files are filled with 0xff, as erased flash is. Images that know no
    address are returned as they are, at address 0.

    Raises:
        UsageFault: it is no image, or its pieces are too far apart for one transfer.
        IntegrityFault: it is damaged.
    """
    if is_elf(data):
        return _fill(read_elf(data, name=name).chunks, name)
    if is_hex(data) and not is_mcuboot(data):
        return _fill(read_hex(data, name=name).chunks, name)
    recognise(data, name=name)
    return Chunk(address=0, data=data)


def _bare(data: bytes) -> Image:
    return Image(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        version="",
        board="",
        revisions=(),
        build_id="",
    )


def _placed(image: Image, chunks: Sequence[Chunk]) -> Image:
    return replace(image, segments=tuple(chunk.segment for chunk in chunks))


def _told(image: Image, chunks: Sequence[Chunk], *, name: str) -> Image:
    """Return the image with what its bytes say: as an MCUboot image, or by a note in them."""
    inside = next((chunk.data for chunk in chunks if is_mcuboot(chunk.data)), None)
    if inside is not None:
        facts = read_mcuboot(inside, name=name)
        image = replace(
            image,
            holds=Format.MCUBOOT,
            version=facts.version,
            board=facts.board,
            revisions=facts.revisions,
            build_id=image.build_id or facts.build_id,
        )
    if image.build_id:
        return image
    return replace(image, build_id=_noted_build_id(chunk.data for chunk in chunks))


def _fill(chunks: Sequence[Chunk], name: str) -> Chunk:
    if not chunks:
        raise UsageFault(f"{name}: loads nothing, so nothing can be sent", hint=_APART)
    first, filled = chunks[0].address, bytearray()
    for chunk in chunks:
        gap = chunk.address - first - len(filled)
        if gap < 0:
            raise UsageFault(
                f"{name}: two segments hold the bytes at 0x{chunk.address:08x}", hint=_APART
            )
        if gap > _LARGEST_GAP_BYTES or len(filled) + gap + len(chunk.data) > _LARGEST_FLAT_BYTES:
            raise UsageFault(
                f"{name}: bytes at 0x{first:08x} and at 0x{chunk.address:08x} are too far apart "
                "to be sent as one piece",
                hint=_APART,
            )
        filled += _ERASED * gap
        filled += chunk.data
    return Chunk(address=first, data=bytes(filled))


def _refuse_no_image(data: bytes, name: str) -> None:
    if not data:
        raise UsageFault(f"{name}: empty, so no image", hint="build it again")
    if _is_text(data):
        raise UsageFault(
            f"{name}: text, so no image",
            hint="give raw binary, Intel HEX, ELF or MCUboot; of S-records, objcopy makes these",
        )


def _is_text(data: bytes) -> bool:
    if data.translate(None, _TEXT):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _noted_build_id(pieces: Iterable[bytes | memoryview]) -> str:
    """Return the GNU build id that stands in the bytes as a note, if there is exactly one."""
    found = set()
    for piece in map(bytes, pieces):
        at = piece.find(_NOTE)
        while at >= 0:
            found.add(piece[at + len(_NOTE) : at + len(_NOTE) + 20].hex())
            at = piece.find(_NOTE, at + 1)
    return found.pop() if len(found) == 1 else ""
