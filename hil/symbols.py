"""Symbols: a backtrace in the words of the source, by the ELF file of that very build.

Only the file whose GNU build id is the one that the board reported may decode: addresses of
another build name functions too, and lie.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fwrelease.errors import ReleaseFault
from fwrelease.evidence.elf import is_elf, read_elf
from hil.triage.backtrace import CodeAddress, Role

_LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFile:
    """An ELF file that may be the one of the build that runs."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where an address is. ``functions`` are the inlined ones first, the one called last.

    What is not known is empty, or line 0.
    """

    address: int
    functions: tuple[str, ...] = ()
    file: str = ""
    line: int = 0

    def sentence(self) -> str:
        """Return the frame as one line of a report."""
        where = f" at {self.file}:{self.line}" if self.file else ""
        names = ", inlined into ".join(self.functions)
        return f"0x{self.address:08x} {names or 'in no known function'}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A backtrace in the words of the source; ``elf`` names the file that was used."""

    elf: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecoded:
    """Why a backtrace stays numbers."""

    says: str


def decode(
    addresses: Sequence[CodeAddress], *, build_id: str, files: Sequence[SymbolFile]
) -> Decoded | Undecoded:
    """Return where ``addresses`` are in the build ``build_id``.

    ``build_id`` is in hex, as the board reported it after the reset that led to this backtrace;
    empty if it did not.
    """
    if not addresses:
        return Undecoded(says="no code address in what the board said")
    ids = [(_build_id(file), file) for file in files]
    given = ", ".join(f"{file.name} ({id_[:12] or 'no build id'})" for id_, file in ids) or "none"
    if not build_id:
        return Undecoded(says=f"the board did not say which build it runs; given: {given}")
    wanted = build_id.lower()
    found = next((file for id_, file in ids if id_ == wanted), None)
    if found is None:
        return Undecoded(says=f"no ELF file with build id {wanted[:12]}; given: {given}")
    try:
        return Decoded(elf=found.name, frames=tuple(_frames(found.data, addresses)))
    except Exception as error:  # noqa: BLE001 (over damaged tables pyelftools raises anything)
        return Undecoded(says=f"{found.name}: its symbols cannot be read: {error!r}")


def symbol_files(image: Path) -> tuple[SymbolFile, ...]:
    """Return the image itself if it is an ELF file, and the one beside it of the same name."""
    files = (_read(path) for path in dict.fromkeys((image, image.with_suffix(".elf"))))
    return tuple(file for file in files if file is not None)


def _read(path: Path) -> SymbolFile | None:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return SymbolFile(name=path.name, data=data) if is_elf(data) else None


def _build_id(file: SymbolFile) -> str:
    try:
        return read_elf(file.data, name=file.name).build_id
    except ReleaseFault:
        return ""


def _frames(data: bytes, addresses: Sequence[CodeAddress]) -> Iterator[Frame]:
    """Yield the frames that are in the program; where it died also if that is nowhere.

    A call returns behind itself, so it is looked for one byte before: the next instruction may
    belong to another line, or to another function if the call never returns.
    """
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 (40 ms that only a crash pays)

    from hil.dwarf import Program  # noqa: PLC0415 (same)

    program = Program(ELFFile(io.BytesIO(data)))
    for each in addresses:
        address = each.address & ~1 if program.is_thumb else each.address
        spot = program.spot(address - 1 if each.role is Role.RETURN else address)
        if spot.functions or spot.file or each.role is Role.FAULT:
            yield Frame(address=address, functions=spot.functions, file=spot.file, line=spot.line)
