"""Backtrace: the code addresses in what a board said when it died."""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hil.inventory.pattern import Match, Pattern

_MOST_BYTES = 64 * 1024
_MOST_ADDRESSES = 64
# A colon separates an address from a stack pointer (Xtensa); what follows it is no code.
_ADDRESS = re.compile(r"(?<![\w:])(?:0[xX])?([0-9a-fA-F]{4,16})(?![\w])")


class Role(enum.Enum):
    """What an address points at."""

    FAULT = "the instruction that failed"
    RETURN = "the instruction behind a call"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAddress:
    """One address, as the board printed it: a Thumb address still has its lowest bit."""

    address: int
    role: Role


def find_addresses(said: bytes, backtrace: str) -> tuple[CodeAddress, ...]:
    """Return the addresses that the pattern ``backtrace`` finds: where it died first, then calls.

    ``said`` begins with the alarm; at most 64 KiB of it and 64 addresses are looked at.
    """
    found: dict[CodeAddress, None] = {}
    for match in _matches(Pattern(backtrace), said[:_MOST_BYTES]) if backtrace else ():
        for address in _addresses(match):
            found.setdefault(address)
        if len(found) >= _MOST_ADDRESSES:
            break
    ordered = sorted(found, key=lambda each: each.role is Role.RETURN)
    return tuple(ordered[:_MOST_ADDRESSES])


def _matches(pattern: Pattern, said: bytes) -> Iterator[Match]:
    at = 0
    while (match := pattern.search(said[at:])) is not None:
        yield match
        at += max(match.end, 1)


def _addresses(match: Match) -> Iterator[CodeAddress]:
    """Yield the addresses of a match; only the first of a list in ``pc`` is where it died."""
    failed = [int(text, 16) for text in _ADDRESS.findall(match.groups.get("pc", ""))]
    for index, address in enumerate(failed):
        yield CodeAddress(address=address, role=Role.RETURN if index else Role.FAULT)
    for text in _ADDRESS.findall(match.groups.get("ra", "")):
        yield CodeAddress(address=int(text, 16), role=Role.RETURN)
