"""Which images a board refuses, as far as both say what they are."""

import pytest

from fwrelease.evidence.image import Format, Image
from fwrelease.evidence.segment import Segment
from hil.inventory.board import ImageSpec
from hil.inventory.fit import refusal

ROOM = ImageSpec(formats=("mcuboot", "elf", "hex"), at=0x8000000, size=0x10000, machine="arm")


def an_image(*segments: tuple[int, int], **facts: object) -> Image:
    told = {"version": "", "board": "", "revisions": (), "build_id": "", "size_bytes": 1000}
    told["segments"] = tuple(Segment(address=at, size_bytes=size) for at, size in segments)
    return Image(sha256="0" * 64, **told | facts)  # type: ignore[arg-type]


def said(image: Image, takes: ImageSpec = ROOM) -> tuple[str, str]:
    refused = refusal(image, takes, board="nano-v2", revision="b")
    return (refused.code, refused.says) if refused else ("", "")


@pytest.mark.parametrize(
    "image",
    [
        an_image(format=Format.MCUBOOT, board="nano-v2", revisions=("a", "b")),
        an_image(format=Format.MCUBOOT, size_bytes=0x10000),
        an_image((0x8000000, 0x8000), (0x8008000, 0x8000), format=Format.ELF, machine="arm"),
        an_image((0x8000100, 1), format=Format.HEX),
    ],
)
def test_an_image_that_the_board_has_room_for_fits(image: Image) -> None:
    assert said(image) == ("", "")


@pytest.mark.parametrize("form", list(Format))
def test_a_board_that_says_nothing_takes_everything(form: Format) -> None:
    assert said(an_image((0x20000000, 1 << 30), format=form, machine="avr"), ImageSpec()) == (
        "",
        "",
    )


@pytest.mark.parametrize(
    ("image", "code", "says"),
    [
        (
            an_image(format=Format.MCUBOOT, board="nano-v9", revisions=("a",)),
            "WRONG_BOARD",
            "is for nano-v9 revision a, not for nano-v2 revision b",
        ),
        (
            an_image(format=Format.MCUBOOT, board="nano-v2", revisions=("a", "c")),
            "WRONG_BOARD",
            "is for nano-v2 revision a, c, not for revision b",
        ),
        (an_image(), "WRONG_FORMAT", "is a raw binary; nano-v2 takes mcuboot, elf, hex"),
        (
            an_image((0x8000000, 1), format=Format.ELF, machine="xtensa"),
            "WRONG_MACHINE",
            "is for xtensa; nano-v2 is arm",
        ),
        (
            an_image(format=Format.MCUBOOT, size_bytes=70000),
            "TOO_LARGE",
            "needs 70000 bytes; nano-v2 has room for 65536",
        ),
        (
            an_image((0x8000000, 70000), format=Format.HEX),
            "TOO_LARGE",
            "needs 70000 bytes; nano-v2 has room for 65536",
        ),
        (
            an_image((0x8000000, 16), (0x20000000, 16), format=Format.ELF),
            "WRONG_ADDRESS",
            "has bytes at 0x20000000; nano-v2 takes them in 0x08000000..0x08010000",
        ),
        (
            an_image((0x100, 16), format=Format.HEX),
            "WRONG_ADDRESS",
            "has bytes at 0x00000100; nano-v2 takes them in 0x08000000..0x08010000",
        ),
    ],
)
def test_an_image_that_the_board_cannot_take_is_refused_in_one_sentence(
    image: Image, code: str, says: str
) -> None:
    assert said(image) == (code, says)


def test_a_board_without_an_address_takes_what_is_not_larger_than_its_room() -> None:
    room = ImageSpec(size=16)
    assert said(an_image((0x8000000, 8), (0x8000008, 8)), room) == ("", "")
    assert said(an_image((0x8000000, 8), (0x8000008, 9)), room)[0] == "TOO_LARGE"
