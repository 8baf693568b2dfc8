"""Places: what ``{size}``, ``{port}`` and their like stand for in the words of an inventory."""

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping

_PLACE = re.compile(r"(?<!\$)\{([a-z][a-z0-9_]*)\}")  # ${filesize} belongs to U-Boot's shell

IMAGE_PLACES = ("at", "at_hex", "size", "size_hex", "sha256", "md5", "crc32")


def image_places(data: bytes, *, at: int | None) -> dict[str, str]:
    """Return what an image gives to the words of a flasher.

    ``at`` is the address of the board's YAML, written ``0x...``; ``_hex`` is without the prefix,
    as U-Boot wants its numbers. Digests are in lower-case hex, ``crc32`` is that of zlib.
    """
    places = {
        "size": str(len(data)),
        "size_hex": f"{len(data):x}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "crc32": f"{zlib.crc32(data):08x}",
    }
    return places if at is None else places | {"at": hex(at), "at_hex": f"{at:x}"}


def fill(text: str, places: Mapping[str, str]) -> str:
    """Return ``text`` with each place that is known filled in; the others stay as they are."""
    return _PLACE.sub(lambda found: places.get(found.group(1), found.group(0)), text)


def fill_pattern(text: str, places: Mapping[str, str]) -> str:
    """Return a pattern with each known place filled in, matched as it stands."""
    return fill(text, {name: re.escape(value) for name, value in places.items()})


def places_in(text: str) -> Iterator[str]:
    """Yield the names of the places in ``text``."""
    for found in _PLACE.finditer(text):
        yield found.group(1)
