"""DWARF: which function and which line of the source a code address belongs to.

Read by pyelftools, after DWARF 4 and 5: code ranges of entries (2.17), inlined calls (3.3.8),
the line table (6.2). Tables may be damaged, so every walk over them is bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.lineprogram import LineProgram
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_MOST_ENTRIES = 1_000_000
_MOST_INLINED = 16
_CALLS = {"DW_TAG_subprogram", "DW_TAG_inlined_subroutine"}
_BLOCKS = {"DW_TAG_lexical_block", "DW_TAG_namespace"}
_ORIGINS = ("DW_AT_abstract_origin", "DW_AT_specification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in the source; ``functions`` are inlined ones first, the one called last."""

    functions: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Program:
    """A linked program that can be asked where its addresses are."""

    elf: ELFFile
    _dwarf: DWARFInfo | None = field(init=False)
    _symbols: list[tuple[int, int, str]] = field(init=False)
    _left: int = _MOST_ENTRIES

    def __post_init__(self) -> None:
        self._dwarf = self.elf.get_dwarf_info() if self.elf.has_dwarf_info() else None
        self._symbols = list(_function_symbols(self.elf))

    @property
    def is_thumb(self) -> bool:
        """Whether the lowest bit of a code address is the instruction set, not an address."""
        return bool(self.elf["e_machine"] == "EM_ARM")

    def spot(self, address: int) -> Spot:
        """Return what is at ``address``, an address inside of an instruction."""
        unit = self._unit(address)
        functions = self._functions(unit, address) if unit is not None else ()
        file, line = self._line(unit, address) if unit is not None else ("", 0)
        return Spot(functions=functions or self._symbol(address), file=file, line=line)

    def _symbol(self, address: int) -> tuple[str, ...]:
        near = (name for start, size, name in self._symbols if start <= address < start + size)
        return tuple(islice(near, 1))

    def _unit(self, address: int) -> CompileUnit | None:
        if self._dwarf is None:
            return None
        ranges = self._dwarf.get_aranges()
        offset = ranges.cu_offset_at_addr(address) if ranges else None
        if offset is not None:
            return self._dwarf.get_CU_at(offset)
        units = islice(self._dwarf.iter_CUs(), _MOST_ENTRIES)
        return next((unit for unit in units if _holds(unit.get_top_DIE(), address)), None)

    def _functions(self, unit: CompileUnit, address: int) -> tuple[str, ...]:
        names: list[str] = []
        inner: DIE | None = unit.get_top_DIE()
        while inner is not None and len(names) < _MOST_INLINED:
            inner = next(self._calls_below(inner, address), None)
            if inner is not None:
                names.append(_name(inner))
        return tuple(name for name in reversed(names) if name)

    def _calls_below(self, die: DIE, address: int) -> Iterator[DIE]:
        for child in die.iter_children():
            self._left -= 1
            if self._left < 0:
                raise ValueError("more entries than any program has")
            if child.tag in _CALLS and _holds(child, address):
                yield child
            elif child.tag in _BLOCKS:
                yield from self._calls_below(child, address)

    def _line(self, unit: CompileUnit, address: int) -> tuple[str, int]:
        program = self._dwarf.line_program_for_CU(unit) if self._dwarf else None
        before = None
        for entry in program.get_entries() if program else ():
            row = entry.state
            if row is None:
                continue
            if program and before is not None and before.address <= address < row.address:
                return _file(program, before.file), before.line
            before = None if row.end_sequence else row
        return "", 0


def _function_symbols(elf: ELFFile) -> Iterator[tuple[int, int, str]]:
    table = elf.get_section_by_name(".symtab")
    if isinstance(table, SymbolTableSection):
        for symbol in islice(table.iter_symbols(), _MOST_ENTRIES):
            if symbol["st_info"]["type"] == "STT_FUNC":
                yield symbol["st_value"] & ~1, max(symbol["st_size"], 2), symbol.name


def _holds(die: DIE, address: int) -> bool:
    attributes = die.attributes
    if "DW_AT_ranges" in attributes:
        return _ranges_hold(die, address)
    if "DW_AT_low_pc" not in attributes or "DW_AT_high_pc" not in attributes:
        return False
    low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
    end = high.value if high.form == "DW_FORM_addr" else low + high.value
    return bool(low <= address < end)


def _ranges_hold(die: DIE, address: int) -> bool:
    lists = die.dwarfinfo.range_lists()
    if lists is None or not isinstance(die.cu, CompileUnit):
        return False
    top = die.cu.get_top_DIE().attributes
    base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    for entry in lists.get_range_list_at_offset(die.attributes["DW_AT_ranges"].value, die.cu):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
            continue
        start = 0 if entry.is_absolute else base
        if start + entry.begin_offset <= address < start + entry.end_offset:
            return True
    return False


def _name(die: DIE) -> str:
    """Return an entry's name; a definition may stand for a declaration, and that for another."""
    for _ in range(4):
        if "DW_AT_name" in die.attributes:
            return _text(die.attributes["DW_AT_name"].value)
        origin = next((key for key in _ORIGINS if key in die.attributes), None)
        if origin is None:
            break
        die = die.get_DIE_from_attribute(origin)
    return ""


def _file(program: LineProgram, index: int) -> str:
    """Return a file's name with its folder; before DWARF 5 both tables count from 1."""
    header = program.header
    first = 0 if header["version"] >= 5 else 1
    files, folders = header["file_entry"], header["include_directory"]
    if not 0 <= index - first < len(files):
        return ""
    entry = files[index - first]
    name, folder = _text(entry["name"]), entry["dir_index"] - first
    # Folder 0 is where the compiler ran: it says nothing to who reads the report.
    if entry["dir_index"] == 0 or not 0 <= folder < len(folders) or name.startswith("/"):
        return name
    return f"{_text(folders[folder])}/{name}".removeprefix("./")


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
