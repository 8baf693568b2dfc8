"""Intel HEX: bytes at addresses, as lines of text.

The format is Intel's "Hexadecimal Object File Format Specification", revision A (1988)::

    : count(1) offset(2) type(1) data(count) checksum(1)      each byte as two hex digits

    00 data at base + offset      02 base = data * 16      03 start address CS:IP
    01 end of file                04 base = data << 16     05 start address, linear

All bytes of a record add up to 0 modulo 256. Vendors ship files that are a little wrong in ways
that leave no doubt about the bytes; those are read. Where there is doubt, the line is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.evidence.segment import Chunk

_PADDING = b" \t\x00\x0b\x0c\x1a"  # 0x1a ended text files in CP/M and DOS
_BOM = b"\xef\xbb\xbf"
_COMMENTS = (b";", b"#", b"//")
_LONGEST_LINE = 2000
_MOST_RUNS = 65536
_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_DATA, _END, _SEGMENT, _START_SEGMENT, _LINEAR, _START_LINEAR = range(6)
_LENGTHS = {_SEGMENT: 2, _START_SEGMENT: 4, _LINEAR: 2, _START_LINEAR: 4}
_AGAIN = "write the file again from the ELF: objcopy -O ihex app.elf app.hex"


@dataclass(frozen=True, slots=True, kw_only=True)
class HexFile:
    """The chunks of a HEX file by address, none touching another; ``entry`` where it starts."""

    chunks: tuple[Chunk, ...]
    entry: int | None


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    kind: int
    offset: int
    data: bytes


def is_hex(data: bytes) -> bool:
    """Return whether the first line of ``data`` that says anything begins like a record."""
    for _, text in _lines(data):
        return text[:1] == b":" and len(text) >= 3 and set(text[1:3]) <= _DIGITS
    return False


def read_hex(data: bytes, *, name: str) -> HexFile:
    """Return what the HEX file ``data`` puts where.

    A missing end record, text behind it, comment lines, a byte order mark, blank lines, any line
    ends and a count that is too small under a checksum that holds are let pass.

    Raises:
        IntegrityFault: a record is cut short or its checksum is wrong; names the line.
        UsageFault: two records give an address different bytes, or it is no HEX; names the line.
    """
    memory = _Memory()
    try:
        for address, record in _placed(data, memory):
            memory.add(address, record.data, record.line)
        chunks = memory.chunks()
    except _Broken as broken:
        raise IntegrityFault(f"{name}:{broken.line}: {broken.says}", hint=_AGAIN) from broken
    except _Odd as odd:
        raise UsageFault(f"{name}:{odd.line}: {odd.says}", hint=_AGAIN) from odd
    except _Conflict as conflict:
        raise UsageFault(_explain(data, conflict.address, name), hint=_AGAIN) from conflict
    if not chunks:
        raise UsageFault(f"{name}: a HEX file without any data record", hint=_AGAIN)
    return HexFile(chunks=chunks, entry=memory.entry)


class _Odd(Exception):
    def __init__(self, line: int, says: str) -> None:
        super().__init__(says)
        self.line, self.says = line, says


class _Broken(_Odd):
    """The bytes of a record are not what its writer wrote."""


class _Conflict(Exception):
    def __init__(self, address: int) -> None:
        super().__init__(address)
        self.address = address


@dataclass(slots=True)
class _Memory:
    """Collects data as runs: most records go where the one before them ended."""

    entry: int | None = None
    _runs: list[tuple[int, bytearray]] = field(default_factory=list)
    _end: int = -1

    def add(self, address: int, data: bytes, line: int) -> None:
        if address != self._end:
            if len(self._runs) >= _MOST_RUNS:
                raise _Odd(line, f"more than {_MOST_RUNS} separate pieces; no image is so torn")
            self._runs.append((address, bytearray()))
        self._runs[-1][1].extend(data)
        self._end = address + len(data)

    def chunks(self) -> tuple[Chunk, ...]:
        """Return the runs by address, joined where they touch or agree."""
        joined: list[tuple[int, bytearray]] = []
        for address, data in sorted(self._runs, key=lambda run: run[0]):
            if not joined or address > joined[-1][0] + len(joined[-1][1]):
                joined.append((address, data))
                continue
            start, before = joined[-1]
            shared = before[address - start : address - start + len(data)]
            if shared != data[: len(shared)]:
                at = next(i for i, byte in enumerate(shared) if byte != data[i])
                raise _Conflict(address + at)
            before.extend(data[len(shared) :])
        return tuple(Chunk(address=address, data=bytes(data)) for address, data in joined if data)


def _placed(data: bytes, memory: _Memory) -> Iterator[tuple[int, _Record]]:
    """Yield each data record with its address; the start address goes to ``memory``."""
    base, end = 0, 1 << 32
    for record in _records(data):
        value = int.from_bytes(record.data, "big")
        match record.kind:
            case 0:
                if base + record.offset + len(record.data) > end:
                    raise _Odd(record.line, f"data beyond the last address, 0x{end - 1:08x}")
                yield base + record.offset, record
            case 2:
                base, end = value << 4, (value << 4) + (1 << 16)
            case 4:
                base, end = value << 16, 1 << 32
            case 3:
                memory.entry = (value >> 16 << 4) + (value & 0xFFFF)
            case _:
                memory.entry = value


def _records(data: bytes) -> Iterator[_Record]:
    """Yield all records but the end; what follows the end must not be data."""
    ended = False
    for line, text in _lines(data):
        if text[:1] != b":":
            if ended:
                continue
            raise _Odd(line, f"no record, which begins with a colon: {_quoted(text)}")
        record = _record(line, text)
        if record.kind == _END:
            ended = True
        elif ended:
            raise _Odd(line, "a record behind the end record: two files in one?")
        else:
            yield record


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that say anything, stripped, with their numbers from 1."""
    text = data.removeprefix(_BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start, number = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        line = text[start:end].strip(_PADDING)
        if line and not line.startswith(_COMMENTS):
            yield number, line
        start = end + 1


def _record(line: int, text: bytes) -> _Record:
    if len(text) > _LONGEST_LINE:
        raise _Odd(line, f"{len(text)} characters; a record has at most 521")
    digits = text[1:]
    held = next((i for i, digit in enumerate(digits) if digit not in _DIGITS), len(digits))
    raw = bytes.fromhex(digits[: held // 2 * 2].decode("ascii"))
    if len(raw) < 5:
        raise _Broken(line, f"cut short: {_quoted(text)}")
    counted = raw[: raw[0] + 5]
    if len(counted) < raw[0] + 5:
        raise _Broken(line, f"says {raw[0]} bytes, holds {len(raw) - 5}")
    # A count below what the line holds, under a checksum that holds for all of it, was so written.
    whole = next((bytes_ for bytes_ in (counted, raw) if sum(bytes_) & 0xFF == 0), None)
    if whole is None:
        wanted = -sum(counted[:-1]) & 0xFF
        raise _Broken(line, f"checksum {counted[-1]:02X}, its bytes add up to {wanted:02X}")
    record = _Record(line, whole[3], int.from_bytes(whole[1:3], "big"), whole[4:-1])
    _check_kind(record)
    return record


def _check_kind(record: _Record) -> None:
    if record.kind > _START_LINEAR:
        raise _Odd(
            record.line, f"a record of type {record.kind:02X}, which Intel HEX does not have"
        )
    wanted = _LENGTHS.get(record.kind)
    if wanted is not None and len(record.data) != wanted:
        raise _Odd(
            record.line,
            f"a record of type {record.kind:02X} has {wanted} bytes, this one {len(record.data)}",
        )


def _explain(data: bytes, address: int, name: str) -> str:
    """Return which two lines give ``address`` different bytes; read again, being rare."""
    lines: dict[int, int] = {}
    for start, record in _placed(data, _Memory()):
        if start <= address < start + len(record.data):
            lines.setdefault(record.data[address - start], record.line)
    (one, first), (other, second) = list(lines.items())[:2]
    return (
        f"{name}:{second}: gives 0x{address:08x} the byte {other:02X}, which line {first} gave "
        f"{one:02X}"
    )


def _quoted(text: bytes) -> str:
    return repr(text[:40].decode("ascii", "replace"))
