"""Segment: a run of bytes at an address, as an image lays it out in the memory of a board."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Where bytes go; ``address`` is the physical one, of the first byte."""

    address: int
    size_bytes: int

    @property
    def end(self) -> int:
        """Return the address behind the last byte."""
        return self.address + self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Bytes and the physical address of the first of them."""

    address: int
    data: bytes | memoryview

    @property
    def segment(self) -> Segment:
        """Return where the bytes go."""
        return Segment(address=self.address, size_bytes=len(self.data))
