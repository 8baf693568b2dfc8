"""Frame: what travels in XMODEM and YMODEM, made of bytes.

After Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988)::

    block     SOH number ~number 128 bytes check      (STX: 1024 bytes)
    check     CRC-16: polynomial 0x1021, initial value 0, high byte first;
              or, for a receiver that called with NAK, the sum of the bytes modulo 256
    block 0   name NUL length in decimal, date, mode, serial number NUL, filled up with NUL;
              all NUL: no more files
    answers   ACK: next; NAK: again; CAN CAN: cancelled
"""

import binascii
import enum

SOH, STX, EOT, ACK, NAK, CAN = b"\x01", b"\x02", b"\x04", b"\x06", b"\x15", b"\x18"
SHORT_BYTES, LONG_BYTES = 128, 1024
CANCEL = CAN * 8
"""What ends a transfer from our side; two in a row would do, if none is lost."""

_FILL = b"\x1a"
_NUL = b"\x00"


class Check(enum.Enum):
    """How a receiver tells a good block from a bad one."""

    CRC = "CRC-16"
    SUM = "sum"


def make_block(number: int, payload: bytes, *, size: int, check: Check) -> bytes:
    """Return a block of ``size`` (128 or 1024) bytes; ``number`` counts on beyond 255."""
    full = payload.ljust(size, _FILL)
    start = SOH if size == SHORT_BYTES else STX
    low = number % 256
    return start + bytes((low, 255 - low)) + full + _checked(full, check)


def _checked(payload: bytes, check: Check) -> bytes:
    if check is Check.SUM:
        return bytes((sum(payload) % 256,))
    return binascii.crc_hqx(payload, 0).to_bytes(2, "big")


def make_header(name: str, size_bytes: int) -> bytes:
    """Return block 0 for a file; 0 says that its date, mode and serial number are not known."""
    facts = name.encode() + _NUL + f"{size_bytes} 0 0 0".encode() + _NUL
    size = SHORT_BYTES if len(facts) <= SHORT_BYTES else LONG_BYTES
    return make_block(0, facts.ljust(size, _NUL), size=size, check=Check.CRC)


def make_end_of_batch() -> bytes:
    """Return the block 0 that says that there are no more files."""
    return make_block(0, _NUL * SHORT_BYTES, size=SHORT_BYTES, check=Check.CRC)
