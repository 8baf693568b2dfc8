"""What is read as Intel HEX: what leaves no doubt about the bytes, and nothing else."""

import pytest

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.evidence.intel_hex import is_hex, read_hex
from fwrelease.evidence.segment import Chunk


def a_record(offset: int, data: bytes, *, kind: int = 0, count: int | None = None) -> str:
    """Return one line; ``count`` overrides what it says of its own length."""
    raw = bytes((len(data) if count is None else count, *offset.to_bytes(2, "big"), kind, *data))
    return f":{raw.hex().upper()}{-sum(raw) & 0xFF:02X}"


END = ":00000001FF"
ONE = a_record(0x100, b"abcd")
TWO = a_record(0x104, b"efgh")
WHOLE = (Chunk(address=0x100, data=b"abcdefgh"),)


def chunks(*lines: str, ending: str = "\n") -> tuple[Chunk, ...]:
    return read_hex(ending.join((*lines, "")).encode(), name="app.hex").chunks


def test_records_that_touch_are_one_chunk() -> None:
    assert chunks(ONE, TWO, END) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{ONE}\n{TWO}\n", id="no end record"),
        pytest.param(f"{ONE}\n{TWO}\n{END}", id="no newline at the end"),
        pytest.param(f"{ONE}\n{TWO}\n{END}\nbuilt by make\n", id="text behind the end"),
        pytest.param(f"{ONE}\n{TWO}\n{END}\n{END}\n", id="two end records"),
        pytest.param(f"{ONE}\n{TWO}\n{END}\n\x1a", id="end of file as in DOS"),
        pytest.param(f"{ONE}\n{TWO}\n{END}\n".lower(), id="lower case"),
        pytest.param(f"{ONE}\r\n\r\n{TWO}  \r\n{END}\r\n", id="CRLF, blanks, trailing spaces"),
        pytest.param(f"{ONE}\r{TWO}\r{END}\r", id="CR alone"),
        pytest.param(f"\ufeff{ONE}\n{TWO}\n{END}\n", id="byte order mark"),
        pytest.param(f"; app\n# 1.0\n// x\n{ONE}\n{TWO}\n{END}\n", id="comment lines"),
        pytest.param(f"{ONE} ; first\n{TWO}\n{END}\n", id="a comment behind a record"),
        pytest.param(f"{TWO}\n{ONE}\n{END}\n", id="not in order"),
        pytest.param(f"{ONE}\n{TWO}\n{ONE}\n{END}\n", id="the same bytes twice"),
        pytest.param(
            f"{a_record(0x100, b'abcdefgh', count=4)}\n{END}\n", id="a count that is too small"
        ),
    ],
)
def test_a_file_that_is_a_little_wrong_is_read(text: str) -> None:
    assert is_hex(text.encode())
    assert read_hex(text.encode(), name="app.hex").chunks == WHOLE


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((ONE, f"{TWO[:-2]}00"), "app.hex:2: checksum 00, its bytes add up to"),
        ((ONE, TWO[:-2]), "app.hex:2: says 4 bytes, holds 3"),
        ((ONE, ":00"), "app.hex:2: cut short"),
        ((a_record(0, b"abc", count=4),), "app.hex:1: says 4 bytes, holds 3"),
    ],
)
def test_a_damaged_record_is_refused_by_its_line(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(IntegrityFault, match=says):
        chunks(*lines)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            (ONE, "", a_record(0x102, b"xd")),
            "app.hex:3: gives 0x00000102 the byte 78, which line 1 gave 63",
        ),
        ((ONE, "what is this"), "app.hex:2: no record"),
        ((ONE, END, TWO), "app.hex:3: a record behind the end record"),
        ((ONE, a_record(0, b"", kind=7)), "app.hex:2: a record of type 07"),
        ((ONE, a_record(0, b"\0", kind=4)), "app.hex:2: a record of type 04 has 2 bytes"),
        ((a_record(0, b"\x10\0", kind=2), a_record(0xFFFF, b"ab")), "beyond the last address"),
        ((a_record(0, b"\xff\xff", kind=4), a_record(0xFFFF, b"ab")), "beyond the last address"),
        ((ONE, ":" + "0" * 3000), "app.hex:2: 3001 characters"),
        ((END,), "without any data record"),
    ],
)
def test_where_there_is_doubt_the_line_is_named(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageFault, match=says):
        chunks(*lines)


def test_extended_addresses_are_added() -> None:
    linear, segment = a_record(0, b"\x08\0", kind=4), a_record(0, b"\x10\0", kind=2)
    assert [chunk.address for chunk in chunks(linear, ONE, segment, ONE)] == [0x10100, 0x8000100]


def test_the_start_address_is_read_in_both_of_its_forms() -> None:
    linear, segment = a_record(0, b"\x08\0\x01\x01", kind=5), a_record(0, b"\x10\0\0\x05", kind=3)
    assert read_hex(f"{ONE}\n{linear}\n".encode(), name="x").entry == 0x8000101
    assert read_hex(f"{ONE}\n{segment}\n".encode(), name="x").entry == 0x10005


def test_a_file_of_countless_pieces_is_refused() -> None:
    pieces = [a_record(offset * 2 & 0xFFFF, b"x") for offset in range(65537)]
    with pytest.raises(UsageFault, match="separate pieces"):
        chunks(*pieces)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"; only a comment\n", b"hello", b":zz", b":"])
def test_other_text_is_no_hex_file(text: bytes) -> None:
    assert not is_hex(text)
