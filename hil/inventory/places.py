"""Places: what an image gives to the words of a flasher, under the names of their placeholders."""

import hashlib
import zlib


def image_places(data: bytes, *, at: int | None) -> dict[str, str]:
    """Return the values of ``{size}``, ``{at}``, ``{crc32}`` and their like.

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
