"""What an image is recognised as, and what it says of itself."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection
from intelhex import IntelHex

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.evidence.image import Format, Image, flat, recognise
from fwrelease.evidence.segment import Chunk, Segment
from tests.support.release import digest_of, image_bytes

IMAGES = Path(__file__).parents[4] / "rigs" / "firmware" / "images"
APP = (IMAGES / "nano-v2-1.1.0.bin").read_bytes()
APP_ELF = (IMAGES / "nano-v2-1.1.0.elf").read_bytes()
BOOT = (IMAGES / "boot-nano-v2.bin").read_bytes()
BUILD_ID = "1" * 40


def seen(data: bytes) -> Image:
    return recognise(data, name="app")


def as_hex(data: bytes, *, at: int) -> bytes:
    """Return a HEX file as the library `intelhex` writes it."""
    writer, text = IntelHex(), io.StringIO()
    writer.frombytes(data, offset=at)
    writer.write_hex_file(text)
    return text.getvalue().encode()


def an_elf(
    *loads: tuple[int, bytes],
    order: str = "<",
    bits: int = 32,
    kind: int = 2,
    machine: int = 40,
) -> bytes:
    """Return an ELF file with these segments and a build id, in either class and order."""
    note = struct.pack(order + "3I", 4, 20, 3) + b"GNU\0" + bytes.fromhex(BUILD_ID)
    parts = [(1, address, data) for address, data in loads] + [(4, 0, note)]
    word, row_bytes, header_bytes = ("Q", 56, 64) if bits == 64 else ("I", 32, 52)
    rows, body = b"", b""
    start = header_bytes + row_bytes * len(parts)
    for part, address, data in parts:
        size = len(data)
        place = (start + len(body), address, address, size, size)
        form = f"{order}2I5{word}8x" if bits == 64 else f"{order}6I8x"
        rows += struct.pack(form, part, *((0,) if bits == 64 else ()), *place)
        body += data
    header = struct.pack(
        f"{order}2HI3{word}I6H",
        *(kind, machine, 1, 0x101, header_bytes, 0, 0),
        *(header_bytes, row_bytes, len(parts), 0, 0, 0),
    )
    ident = bytes((*b"\x7fELF", 2 if bits == 64 else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    return ident + header + rows + body


def test_an_mcuboot_image_says_what_it_is_for() -> None:
    image = seen(APP)
    assert (image.format, image.holds) == (Format.MCUBOOT, Format.MCUBOOT)
    assert (image.version, image.board, image.revisions) == ("1.1.0", "nano-v2", ("a", "b"))
    assert image.sha256 == digest_of(APP)


def test_an_mcuboot_image_without_vendor_fields_leaves_them_empty() -> None:
    image = seen(image_bytes("1.2.0", board="", revisions=""))
    assert (image.version, image.board, image.revisions) == ("1.2.0", "", ())


def test_an_mcuboot_image_whose_digest_does_not_match_is_refused() -> None:
    with pytest.raises(IntegrityFault, match="digest it carries"):
        seen(APP.replace(b"nano-v2", b"nano-v3"))


@pytest.mark.parametrize("length", [32, 600, len(APP) - 1])
def test_an_mcuboot_image_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(IntegrityFault, match=r"cut short|no TLV area"):
        seen(APP[:length])


def test_a_raw_binary_says_nothing_and_is_named_by_its_digest() -> None:
    image = seen(b"\0\x20\0\x20 and so on")
    assert (image.format, image.version, image.board, image.build_id) == (Format.RAW, "", "", "")
    assert image.shown_version == f"sha256:{image.sha256[:12]}"


def test_the_build_id_of_a_raw_binary_is_found_where_it_was_linked_in() -> None:
    with (IMAGES / "boot-nano-v2.elf").open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".note.gnu.build-id")
        assert isinstance(section, NoteSection)
        assert [note["n_desc"] for note in section.iter_notes()] == [seen(BOOT).build_id]


def test_two_build_ids_in_one_binary_are_none() -> None:
    other = (IMAGES / "nano-v2-1.1.0.bin").read_bytes()
    assert seen(BOOT + other).build_id == ""


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [32, 64])
def test_an_elf_file_says_machine_entry_build_id_and_segments(order: str, bits: int) -> None:
    image = seen(an_elf((0x8000000, b"code"), (0x8000010, b"data"), order=order, bits=bits))
    assert (image.format, image.holds, image.machine) == (Format.ELF, Format.RAW, "arm")
    assert (image.entry, image.build_id) == (0x101, BUILD_ID)
    assert image.segments == (
        Segment(address=0x8000000, size_bytes=4),
        Segment(address=0x8000010, size_bytes=4),
    )


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.elf")), ids=lambda path: path.stem)
def test_an_elf_file_is_read_as_pyelftools_reads_it(path: Path) -> None:
    image = seen(path.read_bytes())
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_filesz"]]
        assert [(s.address, s.size_bytes) for s in image.segments] == [
            (s["p_paddr"], s["p_filesz"]) for s in loads
        ]
        assert image.entry == elf["e_entry"]
        assert image.machine == elf.get_machine_arch().lower()


def test_an_image_and_its_elf_file_have_one_build_id() -> None:
    assert seen(APP).build_id == seen(APP_ELF).build_id != ""


@pytest.mark.parametrize(("machine", "bits", "name"), [(94, 32, "xtensa"), (243, 64, "riscv64")])
def test_machines_have_names(machine: int, bits: int, name: str) -> None:
    assert seen(an_elf((0, b"code"), machine=machine, bits=bits)).machine == name


def test_what_was_not_linked_is_no_image() -> None:
    with pytest.raises(UsageFault, match="not linked"):
        seen(an_elf((0, b"code"), kind=1))


@pytest.mark.parametrize("length", [4, 6, 40, 100, 180])
def test_an_elf_file_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(IntegrityFault):
        seen(an_elf((0, b"code" * 100))[:length])


def test_segments_that_claim_the_same_bytes_of_the_file_over_and_over_are_refused() -> None:
    data = bytearray(an_elf(*[(at * 0x1000, b"x") for at in range(100)]))
    for row in range(100):
        struct.pack_into("<I", data, 52 + 32 * row + 16, len(data) - 52 - 32 * 101)
        struct.pack_into("<I", data, 52 + 32 * row + 4, 52 + 32 * 101)
    with pytest.raises(IntegrityFault, match="more than the file holds"):
        seen(bytes(data))


def test_a_hex_file_says_where_its_bytes_go() -> None:
    image = seen(as_hex(b"some code", at=0x8000000))
    assert (image.format, image.holds) == (Format.HEX, Format.RAW)
    assert image.segments == (Segment(address=0x8000000, size_bytes=9),)


@pytest.mark.parametrize("wrap", [lambda data: as_hex(data, at=0x4000), lambda d: an_elf((0, d))])
def test_an_mcuboot_image_is_recognised_inside_other_formats(
    wrap: Callable[[bytes], bytes],
) -> None:
    image = seen(wrap(APP))
    assert (image.holds, image.version, image.board) == (Format.MCUBOOT, "1.1.0", "nano-v2")
    assert image.sha256 == digest_of(wrap(APP))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello", "text"),
        ("größer\r\n".encode(), "text"),
        (b"S00600004844521B\n", "text"),
    ],
)
def test_what_cannot_be_firmware_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(UsageFault, match=says):
        seen(data)


def test_gaps_are_filled_with_what_erased_flash_holds() -> None:
    expected = Chunk(address=0x100, data=b"ab\xff\xffcd")
    assert flat(an_elf((0x100, b"ab"), (0x104, b"cd")), name="app") == expected
    assert flat(as_hex(b"abcd", at=0x100), name="app") == Chunk(address=0x100, data=b"abcd")


@pytest.mark.parametrize("data", [BOOT, APP])
def test_an_image_without_addresses_is_sent_as_it_is(data: bytes) -> None:
    assert flat(data, name="app") == Chunk(address=0, data=data)


@pytest.mark.parametrize(
    ("loads", "says"),
    [
        (((0x08000000, b"code"), (0x1FFF7800, b"options")), "too far apart"),
        (((0, b"code"), (2, b"data")), "two segments hold the bytes at 0x00000002"),
        ((), "loads nothing"),
    ],
)
def test_what_is_not_one_piece_cannot_be_sent_as_one(
    loads: tuple[tuple[int, bytes], ...], says: str
) -> None:
    with pytest.raises(UsageFault, match=says):
        flat(an_elf(*loads), name="app")
