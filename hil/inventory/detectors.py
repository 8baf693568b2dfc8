"""Detectors: tables of what a system says when it dies and when it starts.

``rigs/detectors.yaml`` has those of common systems; an inventory adds its own under ``detectors``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hil.inventory.document import Document, Mistake, Path
from hil.inventory.pattern import Pattern, PatternRefused

_LISTS = ("panic", "assert", "watchdog")
_TEXTS = ("reset", "backtrace")
_ADDRESS_GROUPS = frozenset({"pc", "ra"})
_TEXT = {"type": "string", "minLength": 1}

DETECTORS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key: {"type": "array", "items": _TEXT} for key in _LISTS},
            **{key: {"type": "string"} for key in _TEXTS},
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorTable:
    """The texts of one system, as patterns; what it never says is empty.

    ``reset`` is printed once at each start. ``backtrace`` finds code addresses behind an alarm:
    in its group ``pc`` where the system died, in ``ra`` where a call returns to.
    """

    name: str
    panic: tuple[str, ...] = ()
    assertion: tuple[str, ...] = ()
    watchdog: tuple[str, ...] = ()
    reset: str = ""
    backtrace: str = ""


def build_tables(data: Mapping[str, Any]) -> dict[str, DetectorTable]:
    """Return the tables in the value of the key ``detectors``, which was checked before."""
    return {
        name: DetectorTable(
            name=name,
            panic=tuple(table.get("panic", ())),
            assertion=tuple(table.get("assert", ())),
            watchdog=tuple(table.get("watchdog", ())),
            reset=table.get("reset", ""),
            backtrace=table.get("backtrace", ""),
        )
        for name, table in data.items()
    }


def detector_mistakes(document: Document) -> Iterator[Mistake]:
    """Yield what is wrong under the key ``detectors`` of a document, if it has one."""
    tables = document.data.get("detectors", {}) if isinstance(document.data, dict) else {}
    if not isinstance(tables, dict):
        yield document.mistake(("detectors",), "not a table of tables")
        return
    for name, table in tables.items():
        here: Path = ("detectors", name)
        if not isinstance(table, dict):
            yield document.mistake(here, f"no table with the keys {', '.join(_LISTS + _TEXTS)}")
            continue
        yield from _table_mistakes(document, here, table)


def _table_mistakes(document: Document, here: Path, table: Mapping[str, Any]) -> Iterator[Mistake]:
    for key, value in table.items():
        if key in _LISTS and isinstance(value, list):
            for index, text in enumerate(value):
                yield from _pattern_mistakes(document, (*here, key, index), text)
        elif key in _TEXTS and isinstance(value, str):
            if value:
                yield from _pattern_mistakes(document, (*here, key), value)
        elif key in _LISTS + _TEXTS:
            wanted = "a list of patterns" if key in _LISTS else "one pattern"
            yield document.mistake((*here, key), f"not {wanted}")
        else:
            known = ", ".join(_LISTS + _TEXTS)
            yield document.mistake((*here, key), f"no key of a table; known: {known}")


def _pattern_mistakes(document: Document, path: Path, text: object) -> Iterator[Mistake]:
    if not isinstance(text, str):
        yield document.mistake(path, "not a pattern")
        return
    try:
        matched = Pattern(text).search(b"")
    except PatternRefused as refusal:
        yield document.mistake(path, str(refusal))
        return
    if matched is not None:
        yield document.mistake(path, "matches no text at all, so it would always be found")
    if path[-1] == "backtrace" and not any(f"(?P<{group}>" in text for group in _ADDRESS_GROUPS):
        yield document.mistake(path, "has no group (?P<pc>...) that holds an address")
