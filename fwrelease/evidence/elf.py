"""ELF: machine, entry, GNU build id and loadable segments, from the headers of a linked program.

The layout is the System V ABI, chapters 4 and 5 ("Object Files", "Program Loading"); machines are
its registry of ``e_machine``. Only these tables are read: symbols and lines are hil/symbols.py's.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.evidence.segment import Chunk

_MAGIC = b"\x7fELF"
_PT_LOAD, _PT_NOTE, _SHT_NOTE, _NT_GNU_BUILD_ID = 1, 4, 7, 3
_UNLINKED = {1: "an object file that was not linked", 4: "a core dump"}
_MOST_SEGMENTS, _MOST_NOTES, _MOST_NOTE_BYTES = 4096, 64, 65536
_MACHINES = {
    3: "x86",
    4: "m68k",
    8: "mips",
    20: "powerpc",
    40: "arm",
    42: "sh",
    44: "tricore",
    62: "x86_64",
    83: "avr",
    87: "v850",
    92: "openrisc",
    93: "arc",
    94: "xtensa",
    105: "msp430",
    113: "nios2",
    173: "rx",
    183: "aarch64",
    189: "microblaze",
    195: "arc",
    197: "rl78",
    252: "csky",
    258: "loongarch",
}
_RISCV = {(243, 1): "riscv32", (243, 2): "riscv64"}
_RELINK = "give the linked program, as a debugger loads it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfFile:
    """A linked program; ``chunks`` are what is written to memory, at physical addresses."""

    machine: str
    entry: int
    build_id: str
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """The tables of one class, in one order of fields: what is not used is skipped.

    header: type, machine, entry, then offset, row size and number of both tables;
    program: kind, offset, virtual and physical address, size; section: kind, offset, size.
    """

    header: str
    program: str
    section: str


_LAYOUTS = {
    1: _Layout("HH4x3I6x4H2x", "5I12x", "4xI8x2I16x"),
    2: _Layout("HH4x3Q6x4H2x", "I4x4Q16x", "4xI16x2Q24x"),
}


def is_elf(data: bytes) -> bool:
    """Return whether ``data`` begins like an ELF file."""
    return data[:4] == _MAGIC


def read_elf(data: bytes, *, name: str) -> ElfFile:
    """Return what the ELF file ``data`` loads and where; the bytes are views of ``data``.

    Raises:
        UsageFault: it is not a linked program.
        IntegrityFault: it is cut short, or its headers do not hold together.
    """
    order = {b"\1": "<", b"\2": ">"}.get(data[5:6])
    if order is None or data[4] not in _LAYOUTS:
        raise IntegrityFault(f"{name}: an ELF file of no known class and order", hint=_RELINK)
    try:
        return _read(data, _LAYOUTS[data[4]], order, name)
    except (struct.error, OverflowError) as error:  # offsets beyond the file, or beyond memory
        raise IntegrityFault(f"{name}: an ELF file that is cut short", hint=_RELINK) from error


def _read(data: bytes, layout: _Layout, order: str, name: str) -> ElfFile:
    kind, machine, entry, programs_at, sections_at, row, count, section_row, sections = (
        struct.unpack_from(order + layout.header, data, 16)
    )
    if kind in _UNLINKED:
        raise UsageFault(f"{name}: {_UNLINKED[kind]}, nothing that can be flashed", hint=_RELINK)
    if count > _MOST_SEGMENTS:
        raise UsageFault(f"{name}: {count} segments; no firmware has so many", hint=_RELINK)
    table = _Table(data, order + layout.program, programs_at, row)
    programs = [table.row(index) for index in range(count)]
    notes = [(offset, size) for kind, offset, _, _, size in programs if kind == _PT_NOTE]
    if not notes:
        headers = _Table(data, order + layout.section, sections_at, section_row)
        found = map(headers.row, range(sections))
        notes = [(offset, size) for kind, offset, size in found if kind == _SHT_NOTE]
    return ElfFile(
        machine=_RISCV.get((machine, data[4])) or _MACHINES.get(machine) or f"machine {machine}",
        entry=entry,
        build_id=_build_id(data, order, notes),
        chunks=_chunks(data, [row for row in programs if row[0] == _PT_LOAD and row[4]], name),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    data: bytes
    form: str
    offset: int
    row_bytes: int

    def row(self, index: int) -> tuple[int, ...]:
        return struct.unpack_from(self.form, self.data, self.offset + index * self.row_bytes)


def _chunks(data: bytes, loads: Sequence[tuple[int, ...]], name: str) -> tuple[Chunk, ...]:
    """Return the bytes of loadable segments; a linker that knows no load address leaves it 0."""
    if sum(row[4] for row in loads) > 2 * len(data):
        raise IntegrityFault(f"{name}: its segments load more than the file holds", hint=_RELINK)
    physical = any(row[3] for row in loads)
    view = memoryview(data)
    chunks = []
    for _, offset, virtual, load, size in loads:
        if offset + size > len(data):
            raise IntegrityFault(
                f"{name}: a segment ends at byte {offset + size}, the file at {len(data)}",
                hint=_RELINK,
            )
        address = load if physical else virtual
        chunks.append(Chunk(address=address, data=view[offset : offset + size]))
    return tuple(sorted(chunks, key=lambda chunk: chunk.address))


def _build_id(data: bytes, order: str, places: Sequence[tuple[int, int]]) -> str:
    for offset, size in places[:_MOST_NOTES]:
        for owner, kind, value in _notes(
            data[offset : offset + min(size, _MOST_NOTE_BYTES)], order
        ):
            if (owner, kind) == (b"GNU\0", _NT_GNU_BUILD_ID):
                return value.hex()
    return ""


def _notes(area: bytes, order: str) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield owner, type and value of each note; values begin and end at multiples of 4."""
    at = 0
    while at + 12 <= len(area):
        owner_bytes, value_bytes, kind = struct.unpack_from(order + "3I", area, at)
        value_at = at + 12 + (owner_bytes + 3) // 4 * 4
        yield area[at + 12 : at + 12 + owner_bytes], kind, area[value_at : value_at + value_bytes]
        at = value_at + (value_bytes + 3) // 4 * 4
