"""A backtrace in the words of the source, and by no other ELF file than that of the build."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hil.symbols import Decoded, Frame, SymbolFile, Undecoded, decode, symbol_files
from hil.triage.backtrace import CodeAddress, Role, find_addresses

IMAGES = Path(__file__).parents[3] / "rigs" / "firmware" / "images"
PANIC = IMAGES / "nano-v2-9.0.2-panic.bin"
BUILD_ID = "239a9cdd6ff84b19cc7111b75164b5d130e41024"
DUMP = b"""\
*** HARDFAULT ***\r
cfsr 0x00008200 hfsr 0x40000000 bfar 0xdeadbeec\r
pc 0x00004d04 lr 0x00004cfd psr 0x41000000\r
r0 0xdeadbeec r1 0x00000000 r2 0x40004004 r3 0x00000000\r
*** END ***\r
"""
ADDRESSES = find_addresses(DUMP, r"\bpc 0x(?P<pc>[0-9a-f]{8})|\blr 0x(?P<ra>[0-9a-f]{8})")


def files_of(*names: str) -> tuple[SymbolFile, ...]:
    return tuple(SymbolFile(name=name, data=(IMAGES / name).read_bytes()) for name in names)


def line_of(text: str) -> int:
    lines = (IMAGES.parent / "src" / "app.c").read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_dump_of_a_board_is_decoded_by_the_elf_file_beside_its_image() -> None:
    decoded = decode(ADDRESSES, build_id=BUILD_ID, files=symbol_files(PANIC))
    assert isinstance(decoded, Decoded)
    died, called = decoded.frames
    assert died == Frame(
        address=0x4D04,
        functions=("flash_answers", "selftest"),
        file="app.c",
        line=line_of("(volatile uint32_t *)NOWHERE != 0"),
    )
    assert (called.address, called.functions[-1], called.file) == (0x4CFC, "selftest", "app.c")
    assert died.sentence() == "0x00004d04 flash_answers, inlined into selftest at app.c:54"


def test_the_right_one_is_found_among_others() -> None:
    files = files_of("nano-v2-1.1.0.elf", "nano-v2-9.0.2-panic.elf", "boot-nano-v2.elf")
    decoded = decode(ADDRESSES, build_id=BUILD_ID.upper(), files=files)
    assert isinstance(decoded, Decoded)
    assert decoded.elf == "nano-v2-9.0.2-panic.elf"


def test_another_build_never_decodes() -> None:
    decoded = decode(ADDRESSES, build_id=BUILD_ID, files=files_of("nano-v2-1.1.0.elf"))
    assert isinstance(decoded, Undecoded)
    assert decoded.says.startswith("no ELF file with build id 239a9cdd6ff8; given: nano-v2-1.1.0")


def test_without_a_build_id_from_the_board_nothing_decodes() -> None:
    decoded = decode(ADDRESSES, build_id="", files=symbol_files(PANIC))
    assert isinstance(decoded, Undecoded)
    assert decoded.says.startswith("the board did not say which build it runs")


def test_what_is_missing_is_said() -> None:
    assert decode((), build_id=BUILD_ID, files=()) == Undecoded(
        says="no code address in what the board said"
    )
    assert decode(ADDRESSES, build_id=BUILD_ID, files=()) == Undecoded(
        says="no ELF file with build id 239a9cdd6ff8; given: none"
    )


def test_an_address_outside_of_the_program_is_kept_only_where_it_died() -> None:
    outside = [CodeAddress(address=0x20000000, role=role) for role in Role]
    decoded = decode(outside, build_id=BUILD_ID, files=symbol_files(PANIC))
    assert isinstance(decoded, Decoded)
    assert [frame.sentence() for frame in decoded.frames] == ["0x20000000 in no known function"]


def test_an_image_that_is_an_elf_file_is_its_own_symbols(tmp_path: Path) -> None:
    assert [f.name for f in symbol_files(PANIC.with_suffix(".elf"))] == ["nano-v2-9.0.2-panic.elf"]
    (tmp_path / "app.bin").write_bytes(b"\0 raw")
    (tmp_path / "app.elf").write_bytes(b"not one")
    assert symbol_files(tmp_path / "app.bin") == ()


@settings(max_examples=25)  # each reads the DWARF of a whole program
@given(at=st.integers(0x500, 31000), value=st.binary(min_size=1, max_size=8))
def test_damaged_tables_never_hide_the_crash(at: int, value: bytes) -> None:
    whole = PANIC.with_suffix(".elf").read_bytes()
    damaged = SymbolFile(name="damaged", data=whole[:at] + value + whole[at + len(value) :])
    decoded = decode(ADDRESSES, build_id=BUILD_ID, files=(damaged,))
    assert isinstance(decoded, Decoded | Undecoded)
