"""Bare: what people write with pyserial alone, the floor that a harness is measured against."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import serial

_TAIL = 4096
_DEADLINE_S = 60.0


@contextmanager
def bare_port(path: str, *, timeout_s: float, baud: int = 115200) -> Iterator[serial.Serial]:
    """Open a port as pyserial does it."""
    with serial.Serial(path, baud, timeout=timeout_s) as port:
        yield port


def read_until(
    port: serial.Serial, wanted: re.Pattern[bytes], tail: bytes = b""
) -> tuple[int, re.Match[bytes]]:
    """Read what is there, keep a tail, search it: return when ``wanted`` was seen (ns), and it."""
    deadline = time.monotonic() + _DEADLINE_S
    while time.monotonic() < deadline:
        found = wanted.search(tail)
        if found:
            return time.monotonic_ns(), found
        tail = (tail + port.read(port.in_waiting or 1))[-_TAIL:]
    raise AssertionError(f"no {wanted.pattern!r} within {_DEADLINE_S:g} s")


def read_lines_until(port: serial.Serial, wanted: bytes) -> int:
    """Read by ``readline``, the way of most examples; return when ``wanted`` was seen."""
    while wanted not in port.readline():
        pass
    return time.monotonic_ns()


def discard(path: str, size: int) -> int:
    """Read ``size`` bytes and look at none: what the writer and the pty can do at most."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    try:
        while size > 0:
            size -= len(os.read(descriptor, 65536))
    finally:
        os.close(descriptor)
    return time.monotonic_ns()
