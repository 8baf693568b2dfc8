"""Parse: from YAML documents to an inventory, with every mistake named at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hil.errors import UsageFault
from hil.inventory.board import Board, Console, Exchange, FlasherSpec
from hil.inventory.document import Document, Mistake
from hil.inventory.pattern import Pattern, PatternRefused
from hil.inventory.rig import Inventory, OnRelease, PowerSpec, Rig, VirtualSpec
from hil.inventory.schema import INVENTORY_SCHEMA


def parse_inventory(documents: Sequence[Document], *, source: str) -> Inventory:
    """Return the inventory in ``documents``: the named file first, then what it includes.

    Raises:
        UsageFault: with all mistakes in all files, each with file, line and key path.
    """
    mistakes = [mistake for document in documents for mistake in _shape_mistakes(document)]
    _refuse(mistakes, source)
    mistakes = list(_meaning_mistakes(documents))
    _refuse(mistakes, source)
    return build_inventory(documents, source=source)


def build_inventory(documents: Sequence[Document], *, source: str) -> Inventory:
    """Return the inventory in ``documents`` that were checked before.

    The workers of a campaign use it: its planner has checked the files, and the checking costs
    each of them more than all else that they import.
    """
    boards: dict[str, Board] = {}
    rigs: dict[str, Rig] = {}
    for document in documents:
        boards |= {n: _board(n, b) for n, b in (document.data.get("boards") or {}).items()}
        rigs |= {n: _rig(n, r) for n, r in (document.data.get("rigs") or {}).items()}
    return Inventory(source=source, boards=boards, rigs=rigs)


def _refuse(mistakes: Sequence[Mistake], source: str) -> None:
    if not mistakes:
        return
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    listing = "\n".join(f"  {mistake.sentence()}" for mistake in mistakes)
    raise UsageFault(
        f"{source}: {count} in the inventory\n{listing}",
        hint="docs/inventory.md explains each key; nothing was changed",
        code="INVENTORY",
    )


def _shape_mistakes(document: Document) -> Iterator[Mistake]:
    import jsonschema  # noqa: PLC0415 (80 ms that only a command with an inventory pays)

    validator = jsonschema.Draft202012Validator(INVENTORY_SCHEMA)
    for error in sorted(validator.iter_errors(document.data), key=lambda e: list(e.absolute_path)):
        yield document.mistake(tuple(error.absolute_path), error.message)


def _meaning_mistakes(documents: Sequence[Document]) -> Iterator[Mistake]:
    boards = {name for document in documents for name in document.data.get("boards") or {}}
    lines_of_rigs: dict[str, str] = {}
    yield from _names_given_twice(documents)
    for document in documents:
        yield from _pattern_mistakes(document)
        for name, rig in (document.data.get("rigs") or {}).items():
            if rig["board"] not in boards:
                known = ", ".join(sorted(boards)) or "none"
                yield document.mistake(
                    ("rigs", name, "board"), f"no board {rig['board']!r}; known: {known}"
                )
            if (rig["serial"] == "virtual") != ("virtual" in rig):
                yield document.mistake(
                    ("rigs", name), "`serial: virtual` and the key `virtual` go together"
                )
            other = lines_of_rigs.setdefault(rig["serial"], name)
            if other != name and rig["serial"] != "virtual":
                yield document.mistake(
                    ("rigs", name, "serial"), f"{other} has the same line {rig['serial']}"
                )


def _names_given_twice(documents: Sequence[Document]) -> Iterator[Mistake]:
    for kind in ("boards", "rigs"):
        first: dict[str, str] = {}
        for document in documents:
            for name in document.data.get(kind) or {}:
                where = first.setdefault(name, document.name)
                if where != document.name:
                    yield document.mistake((kind, name), f"{where} has one of that name too")


def _pattern_mistakes(document: Document) -> Iterator[Mistake]:
    for name, board in (document.data.get("boards") or {}).items():
        for path, text in _patterns(board):
            try:
                Pattern(text)
            except PatternRefused as refusal:
                yield document.mistake(("boards", name, *path), str(refusal))


def _patterns(board: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    console, flasher = board["console"], board["flasher"]
    yield ("console", "banner"), console["banner"]
    for index, text in enumerate(console.get("panic", ())):
        yield ("console", "panic", index), text
    for key in ("window", "accepted", "refused"):
        yield ("flasher", key), flasher[key]
    if isinstance(flasher.get("proof"), dict):
        yield ("flasher", "proof", "expect"), flasher["proof"]["expect"]
    for case, exchange in board.get("smoke", {}).items():
        if isinstance(exchange, dict):
            yield ("smoke", case, "expect"), exchange["expect"].replace("{nonce}", "nonce")


def _board(name: str, data: Mapping[str, Any]) -> Board:
    console = dict(data["console"])
    flasher = dict(data["flasher"])
    proof = flasher.pop("proof", "none")
    return Board(
        name=name,
        baud=data.get("baud", 115200),
        console=Console(**console | {"panic": tuple(console.get("panic", ()))}),
        flasher=FlasherSpec(**flasher, proof=None if proof == "none" else Exchange(**proof)),
        smoke={case: _exchange(value) for case, value in data.get("smoke", {}).items()},
    )


def _exchange(value: str | Mapping[str, Any]) -> Exchange:
    return Exchange(send=value, expect="") if isinstance(value, str) else Exchange(**value)


def _rig(name: str, data: Mapping[str, Any]) -> Rig:
    power = dict(data["power"])
    return Rig(
        name=name,
        board=data["board"],
        revision=str(data["revision"]),
        serial=data["serial"],
        power=PowerSpec(driver=power.pop("driver"), off_s=power.pop("off_s", 2.0), options=power),
        capabilities=tuple(data.get("capabilities", ())),
        on_release=OnRelease(data.get("on_release", "leave")),
        virtual=VirtualSpec(**data["virtual"]) if "virtual" in data else None,
        enabled=data.get("enabled", True),
        notes=data.get("notes", ""),
    )
