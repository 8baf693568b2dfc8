"""Places: the names of the placeholders, and what an image gives to the words of a flasher.

Which of them a text may have depends on who fills it; :mod:`hil.inventory.misplaced` knows.
"""

import hashlib
import zlib

RIG_PLACES = frozenset({"rig", "folder", "port", "probe_id"})
SIZE_PLACES = frozenset({"size", "size_hex"})
ADDRESS_PLACES = frozenset({"at", "at_hex"})
DIGEST_PLACES = frozenset({"sha256", "md5", "crc32"})
COMMAND_PLACES = frozenset(
    {"baud", "image", "image_file", "free_port_1", "free_port_2", "free_port_3"}
)
READ_BACK_PLACES = frozenset({"file", "baud"})


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
