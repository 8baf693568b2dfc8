"""Fit: whether an image is one that a board can take, as far as both say what they are."""

from dataclasses import dataclass

from fwrelease.evidence.image import Format, Image
from fwrelease.evidence.segment import Segment
from hil.inventory.board import ImageSpec

_NAMES = {
    Format.MCUBOOT: "an MCUboot image",
    Format.ELF: "an ELF file",
    Format.HEX: "a HEX file",
    Format.RAW: "a raw binary",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an image must not go onto a board; ``says`` goes behind the name of its file."""

    code: str
    says: str


def refusal(image: Image, takes: ImageSpec, *, board: str, revision: str) -> Refusal | None:
    """Return why ``image`` must not go onto a board, or None as far as both say what they are.

    What is not stated cannot disagree: a raw binary fits every board that takes raw ones.
    """
    return (
        _wrong_board(image, board, revision)
        or _wrong_format(image, takes, board)
        or _wrong_machine(image, takes, board)
        or _wrong_place(image, takes, board)
    )


def _wrong_board(image: Image, board: str, revision: str) -> Refusal | None:
    fits = image.board in {"", board}
    if fits and (not image.revisions or revision in image.revisions):
        return None
    made_for = f"{image.board or board} revision {', '.join(image.revisions) or '?'}"
    here = f"revision {revision}" if fits else f"{board} revision {revision}"
    return Refusal(code="WRONG_BOARD", says=f"is for {made_for}, not for {here}")


def _wrong_format(image: Image, takes: ImageSpec, board: str) -> Refusal | None:
    if not takes.formats or image.format in takes.formats:
        return None
    taken = ", ".join(takes.formats)
    return Refusal(code="WRONG_FORMAT", says=f"is {_NAMES[image.format]}; {board} takes {taken}")


def _wrong_machine(image: Image, takes: ImageSpec, board: str) -> Refusal | None:
    if not takes.machine or image.machine in {"", takes.machine}:
        return None
    return Refusal(code="WRONG_MACHINE", says=f"is for {image.machine}; {board} is {takes.machine}")


def _wrong_place(image: Image, takes: ImageSpec, board: str) -> Refusal | None:
    first = image.segments[0].address if image.segments else 0
    at = first if takes.at is None else takes.at
    segments = image.segments or (Segment(address=at, size_bytes=image.size_bytes),)
    found = (_wrong_segment(segment, at, takes.size, board) for segment in segments)
    return next(filter(None, found), None)


def _wrong_segment(segment: Segment, at: int, size: int | None, board: str) -> Refusal | None:
    end = segment.end if size is None else at + size
    if segment.address < at or segment.address > end:
        room = f"0x{at:08x}.." + ("" if size is None else f"0x{end:08x}")
        says = f"has bytes at 0x{segment.address:08x}; {board} takes them in {room}"
        return Refusal(code="WRONG_ADDRESS", says=says)
    if segment.end > end:
        says = f"needs {segment.end - at} bytes; {board} has room for {size}"
        return Refusal(code="TOO_LARGE", says=says)
    return None
