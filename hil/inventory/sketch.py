"""Sketch: inventory text with a placeholder for what only a person knows, ready to be completed."""

import json
import re
from collections.abc import Iterable, Mapping

BOARD = "my-board"
"""The name of the board type that a sketch cannot know."""

NO_SWITCH = "power: {driver: manual}  # a person, see docs/how-to/switch-power.md"
"""A rig's supply as long as nobody said what switches it."""

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./:-]*[A-Za-z0-9_./-]")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")

_PLACEHOLDER = """\
    # a placeholder: docs/inventory.md explains each key
    baud: {baud}
    console: {{prompt: "> ", banner: 'app (?P<version>\\S+) build (?P<build_id>[0-9a-f]+)'}}
    flasher: {{driver: xmodem1k, window: "bootloader", enter: " ", prompt: "boot> ",
              start: "load\\n", accepted: "ok", refused: "refused", run: "run\\n", proof: none}}
"""


def placeholder_boards(boards: Mapping[str, int]) -> str:
    """Return the section ``boards`` for these names, each with the baud of its line."""
    return "boards:\n" + "".join(
        f"  {quote(name)}:\n{_PLACEHOLDER.format(baud=baud)}" for name, baud in boards.items()
    )


def quote(text: str) -> str:
    """Return text as a YAML scalar that is read back as this very text.

    Text in JSON's quotes is YAML (YAML 1.2, 1.2 "JSON is a subset"); plain words stay plain.
    """
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if plain else json.dumps(text)


def quote_all(texts: Iterable[str]) -> str:
    """Return texts as a YAML list on one line."""
    return f"[{', '.join(map(quote, texts))}]"


def comment(text: str, *, indent: int) -> str:
    """Return text as comment lines; what could end a comment early becomes a blank."""
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]
    return "".join(f"{' ' * indent}# {line}".rstrip() + "\n" for line in lines or [""])


def name_rig(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that an inventory allows, near ``wanted`` and not among ``taken``."""
    base = _NOT_IN_A_NAME.sub("-", wanted).strip("-._") or "rig"
    used = frozenset(taken)
    number, name = 1, base
    while name in used:
        number += 1
        name = f"{base}-{number}"
    return name
