"""MCUboot: what an MCUboot image says of itself, read from its header and its TLVs.

Both sides must agree on what a digest stands for, so this lives beside the evidence. The layout
is MCUboot's design document, "Image format"; the vendor TLVs are those of rigs/firmware::

    header (32 bytes, little endian)          TLV area
    magic 0x96f3b83d   u32                    info: magic 0x6907 (plain) or 0x6908 (protected) u16
    load address       u32                          total length, info included              u16
    header size        u16                    entry: type u16, length u16, value
    protected TLV size u16
    payload size       u32                    0x10 SHA-256 of header, payload, protected TLVs
    flags              u32                    0x11, 0x12 the same as SHA-384, SHA-512
    version            u8 u8 u16 u32          0xa0 board name, ASCII
    pad                u32                    0xa1 revision mask, u32: bit 0 is revision a
                                              0xa2 build id (GNU, of the ELF it was linked from)
"""

import hashlib
import string
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fwrelease.errors import IntegrityFault

_HEADER = struct.Struct("<IIHHIIBBHII")
_INFO = struct.Struct("<HH")
_MAGIC, _PLAIN, _PROTECTED = 0x96F3B83D.to_bytes(4, "little"), 0x6907, 0x6908
_DIGESTS = {0x10: "sha256", 0x11: "sha384", 0x12: "sha512"}
_BOARD, _REVISIONS, _BUILD_ID = 0xA0, 0xA1, 0xA2
_REBUILD = "rebuild the image with imgtool; `hil image show FILE` lists what is read"


@dataclass(frozen=True, slots=True, kw_only=True)
class McubootFacts:
    """What the image states; a vendor TLV that it does not have leaves its field empty."""

    version: str
    board: str
    revisions: tuple[str, ...]
    build_id: str


def is_mcuboot(data: bytes | memoryview) -> bool:
    """Return whether ``data`` begins like an MCUboot image."""
    return len(data) >= _HEADER.size and data[:4] == _MAGIC


def read_mcuboot(data: bytes | memoryview, *, name: str) -> McubootFacts:
    """Return what the MCUboot image at the start of ``data`` says of itself.

    Raises:
        IntegrityFault: its bytes do not match the digest that it carries, or it is cut short.
    """
    fields = _HEADER.unpack_from(data)
    header_size, protected_size, payload_size = fields[2], fields[3], fields[4]
    major, minor, patch, number = fields[6:10]
    signed_end = header_size + payload_size + protected_size
    protected = dict(_tlvs(data, header_size + payload_size, _PROTECTED, name))
    _check_digest(data[:signed_end], dict(_tlvs(data, signed_end, _PLAIN, name)), name)
    return McubootFacts(
        version=f"{major}.{minor}.{patch}" + (f"+{number}" if number else ""),
        board=protected.get(_BOARD, b"").decode("ascii", "replace"),
        revisions=_revisions(int.from_bytes(protected.get(_REVISIONS, b""), "little")),
        build_id=protected.get(_BUILD_ID, b"").hex(),
    )


def _check_digest(signed: bytes | memoryview, tlvs: Mapping[int, bytes], name: str) -> None:
    carried = [(kind, tlvs[kind]) for kind in _DIGESTS if kind in tlvs]
    if not carried or any(hashlib.new(_DIGESTS[k], signed).digest() != v for k, v in carried):
        raise IntegrityFault(f"{name}: its bytes do not match the digest it carries", hint=_REBUILD)


def _revisions(mask: int) -> tuple[str, ...]:
    return tuple(letter for bit, letter in enumerate(string.ascii_lowercase) if mask >> bit & 1)


def _tlvs(
    data: bytes | memoryview, offset: int, magic: int, name: str
) -> Iterator[tuple[int, bytes]]:
    """Yield (type, value) of one TLV area; an absent protected area yields nothing."""
    if len(data) < offset + _INFO.size:
        raise IntegrityFault(f"{name}: cut short before its TLV area", hint=_REBUILD)
    found, total = _INFO.unpack_from(data, offset)
    if found != magic:
        if magic == _PROTECTED:
            return
        raise IntegrityFault(f"{name}: no TLV area at byte {offset}", hint=_REBUILD)
    end = offset + total
    offset += _INFO.size
    while offset < end:
        if len(data) < offset + _INFO.size:
            raise IntegrityFault(f"{name}: cut short in its TLV area", hint=_REBUILD)
        kind, length = _INFO.unpack_from(data, offset)
        offset += _INFO.size
        if len(data) < offset + length:
            raise IntegrityFault(f"{name}: cut short in TLV 0x{kind:02x}", hint=_REBUILD)
        yield kind, bytes(data[offset : offset + length])
        offset += length
