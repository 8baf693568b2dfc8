"""Misplaced: a placeholder in a text of the inventory that nothing fills.

Filled texts leave an unknown name as it stands, so a slip of the pen would reach the board: here
it is found while nothing was sent yet. The texts of drivers that are not ours are not looked at.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hil.inventory.document import Document, Mistake, Path
from hil.inventory.placeholder import names_in
from hil.inventory.places import (
    ADDRESS_PLACES,
    COMMAND_PLACES,
    DIGEST_PLACES,
    READ_BACK_PLACES,
    RIG_PLACES,
    SIZE_PLACES,
)

_ESCAPED = re.compile(r"\\[pPx]\{\w*\}|\\.")  # \x{ff} and \{ belong to the pattern
_POWER_COMMANDS = {"command": ("on", "off", "reset"), "process": ("run",)}


def place_mistakes(document: Document) -> Iterator[Mistake]:
    """Yield every placeholder of ``document`` that nothing fills, with those that there are."""
    for name, board in (document.data.get("boards") or {}).items():
        yield from _flasher(document, ("boards", name, "flasher"), board)
    for name, rig in (document.data.get("rigs") or {}).items():
        yield from _rig(document, ("rigs", name), rig)


def _flasher(document: Document, at: Path, board: Mapping[str, Any]) -> Iterator[Mistake]:
    flasher = board["flasher"]
    address = ADDRESS_PLACES if "at" in board.get("image", {}) else frozenset[str]()
    image = SIZE_PLACES | address
    if flasher["driver"] == "scripted":
        known = RIG_PLACES | DIGEST_PLACES | image
        yield from _unknown(document, (*at, "steps"), flasher["steps"], known)
    elif flasher["driver"] == "tool":
        known = RIG_PLACES | DIGEST_PLACES | COMMAND_PLACES | image
        yield from _unknown(document, (*at, "command"), flasher.get("command"), known)
    proof = flasher.get("proof")
    if isinstance(proof, dict):
        yield from _unknown(document, (*at, "proof", "send"), proof.get("send"), image)
        known = RIG_PLACES | READ_BACK_PLACES | image
        yield from _unknown(document, (*at, "proof", "read_back"), proof.get("read_back"), known)


def _rig(document: Document, at: Path, rig: Mapping[str, Any]) -> Iterator[Mistake]:
    power = rig["power"]
    yield from _unknown(document, (*at, "serial"), rig["serial"], RIG_PLACES)
    run = rig.get("reset", {}).get("run")
    yield from _unknown(document, (*at, "reset", "run"), run, RIG_PLACES)
    has_channel = power["driver"] == "command" and power.get("channel") is not None
    known = RIG_PLACES | {"channel"} if has_channel else RIG_PLACES
    for key in _POWER_COMMANDS.get(power["driver"], ()):
        yield from _unknown(document, (*at, "power", key), power.get(key), known)


def _unknown(
    document: Document, path: Path, value: object, known: frozenset[str]
) -> Iterator[Mistake]:
    for where, text in _texts(path, value):
        plain = _ESCAPED.sub("", text) if _is_pattern(where) else text
        for name in sorted(names_in([plain]) - known):
            yield document.mistake(where, _says(name, known))


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts((*path, index), inner)


def _is_pattern(path: Path) -> bool:
    return "steps" in path and path[-1] != "send"


def _says(name: str, known: frozenset[str]) -> str:
    if name in ADDRESS_PLACES and known >= SIZE_PLACES:
        return f"{{{name}}} needs an address in the board's YAML: image: {{at: 0x08000000}}"
    if name == "channel" and known == RIG_PLACES:
        return "{channel} needs the rig's own, for example power: {channel: 3, ...}"
    return f"no {{{name}}} here; known: {', '.join(sorted(known))}"
