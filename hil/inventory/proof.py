"""Proof: how a board shows which image it holds; what a flasher reports is no proof.

A proof names a digest of the image in a group of its pattern (``sha256``, ``md5``, ``crc32`` as in
zlib, taken over the bytes that were flashed) or the ``build_id`` of the ELF it was linked from.
"""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

IDENTITIES = ("sha256", "md5", "crc32", "build_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProof:
    """Asked at the bootloader's prompt: ``{size}``, ``{size_hex}`` and ``{at}`` are filled in."""

    send: str
    expect: str
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProof:
    """Shown by itself after a reset that the harness made."""

    expect: str
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBackProof:
    """Read back by a tool that is not the one that wrote: it fills ``{file}`` from the board."""

    command: tuple[str, ...]
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """The board can show nothing; its passes are unproven."""


Proof = AskProof | ShownProof | ReadBackProof | Unproven


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The board shows the image that was asked for; ``by`` names what it showed."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeld:
    """The board shows something else, or nothing at all."""

    says: str


def compare(shown: Mapping[str, str], *, data: bytes, build_id: str) -> Held | NotHeld:
    """Compare what a board shows with the image that it should hold.

    ``shown`` are the groups of a proof's pattern; everything that was shown has to agree, and
    something has to have been shown.
    """
    found = {key: shown[key].lower().removeprefix("0x") for key in IDENTITIES if shown.get(key)}
    for key, value in found.items():
        wanted = identity_of(key, data=data, build_id=build_id)
        if not wanted or not _same(key, value, wanted):
            ours = wanted[:12] or f"nothing: the image states no {key}"
            return NotHeld(says=f"the board shows {key} {value[:12]}, the image has {ours}")
    if not found:
        return NotHeld(says="the board shows no digest")
    return Held(by=", ".join(found))


def identity_of(key: str, *, data: bytes, build_id: str) -> str:
    """Return one identity of an image in lower-case hex."""
    match key:
        case "sha256":
            return hashlib.sha256(data).hexdigest()
        case "md5":
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
        case "crc32":
            return f"{zlib.crc32(data):08x}"
        case _:
            return build_id.lower()


def _same(key: str, shown: str, wanted: str) -> bool:
    """A build id may be shown in part, from its start: ESP-IDF prints 8 of 64 digits or more."""
    if key == "build_id":
        return len(shown) >= 8 and wanted.startswith(shown)
    return re.fullmatch("[0-9a-f]+", shown) is not None and shown.zfill(len(wanted)) == wanted
