"""NOR flash: a page erases to ones, programming can only turn ones into zeros."""

import mmap
from dataclasses import dataclass

from hil.virtual.memory_map import PAGE_BYTES

Cells = bytearray | mmap.mmap


@dataclass(frozen=True, slots=True)
class Nor:
    """The cells and the two things that can be done to them; offsets count from the first cell."""

    cells: Cells

    def erase(self, offset: int) -> range:
        """Set the page that holds ``offset`` to ones; return the cells touched."""
        start = offset - offset % PAGE_BYTES
        self.cells[start : start + PAGE_BYTES] = b"\xff" * PAGE_BYTES
        return range(start, start + PAGE_BYTES)

    def program(self, offset: int, data: bytes) -> range:
        """Clear the bits that are 0 in ``data``; return the cells touched."""
        end = offset + len(data)
        before = int.from_bytes(self.cells[offset:end], "little")
        after = before & int.from_bytes(data, "little")
        self.cells[offset:end] = after.to_bytes(len(data), "little")
        return range(offset, end)
