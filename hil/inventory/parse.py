"""Parse: from YAML documents to an inventory, with every mistake named at once."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from hil.errors import UsageFault
from hil.inventory.board import Board, Console, Entry, Exchange, FlasherSpec, ImageSpec
from hil.inventory.detectors import DetectorTable, build_tables, detector_mistakes
from hil.inventory.document import Document, Mistake
from hil.inventory.flasher_options import PATTERN_OPTIONS
from hil.inventory.misplaced import place_mistakes
from hil.inventory.pattern import Pattern, PatternRefused
from hil.inventory.placeholder import fill
from hil.inventory.proof import IDENTITIES, AskProof, Proof, ReadBackProof, ShownProof, Unproven
from hil.inventory.rig import (
    Inventory,
    Keep,
    LineSpec,
    LineStep,
    OnRelease,
    PowerSpec,
    ResetBy,
    ResetSpec,
    Rig,
    UsbIdentity,
    VirtualSpec,
)
from hil.inventory.shape import shape_mistakes
from hil.inventory.steps import StepRefused, parse_steps
from hil.inventory.tool_spec import ToolRefused, parse_tool

_ENTRY_KEYS = ("window", "enter", "prompt", "window_timeout_s")


def parse_inventory(documents: Sequence[Document], *, source: str) -> Inventory:
    """Return the inventory in ``documents``: the named file first, then what it includes.

    Raises:
        UsageFault: with all mistakes in all files, each with file, line and key path.
    """
    mistakes = [mistake for document in documents for mistake in shape_mistakes(document)]
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
    tables: dict[str, DetectorTable] = {}
    for document in documents:
        tables |= build_tables(document.data.get("detectors") or {})
        boards |= {n: _board(n, b) for n, b in (document.data.get("boards") or {}).items()}
        rigs |= {
            n: _rig(n, r, file=document.name) for n, r in (document.data.get("rigs") or {}).items()
        }
    return Inventory(
        source=source,
        boards=boards,
        rigs=rigs,
        keep=_keep(documents),
        detectors=tables,
    )


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


def _meaning_mistakes(documents: Sequence[Document]) -> Iterator[Mistake]:
    boards = {name for document in documents for name in document.data.get("boards") or {}}
    lines_of_rigs: dict[str, str] = {}
    yield from _names_given_twice(documents)
    for document in documents:
        yield from _pattern_mistakes(document)
        yield from detector_mistakes(document)
        yield from _flasher_mistakes(document)
        yield from place_mistakes(document)
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
            yield from _rig_mistakes(document, name, rig)
            line = str(rig["serial"])
            other = lines_of_rigs.setdefault(line, name)
            if other != name and line != "virtual" and "{port}" not in line:
                yield document.mistake(
                    ("rigs", name, "serial"), f"{other} has the same line {line}"
                )


def _rig_mistakes(document: Document, name: str, rig: Mapping[str, Any]) -> Iterator[Mistake]:
    path = ("rigs", name)
    if (rig.get("on_release") == "baseline") != ("baseline" in rig):
        yield document.mistake(path, "`on_release: baseline` and the key `baseline` go together")
    reset = rig.get("reset", {})
    if reset.get("by") == "lines" and str(rig["serial"]).startswith("socket://"):
        yield document.mistake((*path, "reset"), "a raw socket has no DTR and RTS; use rfc2217://")
    if isinstance(rig["serial"], str) and not _is_line(rig["serial"]):
        says = f"{rig['serial']} has no TCP port; for example socket://127.0.0.1:4000"
        yield document.mistake((*path, "serial"), says)
    if "run" in reset and not _is_command(reset["run"]):
        yield document.mistake((*path, "reset", "run"), "a quote that is not closed")


def _is_line(serial: str) -> bool:
    """Tell whether an address of the network has the TCP port without which it is none."""
    if not serial.startswith(("socket://", "rfc2217://")):
        return True
    try:
        return bool(urlsplit(fill(serial, port=1)).port)
    except ValueError:
        return False


def _is_command(text: str) -> bool:
    try:
        return bool(shlex.split(text))
    except ValueError:
        return False


def _proof_mistakes(document: Document, name: str, flasher: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what keeps a proof from proving: it has to name a digest or a build id."""
    proof = flasher.get("proof")
    path = ("boards", name, "flasher", "proof")
    if not isinstance(proof, dict):
        return
    if "expect" in proof and not any(f"(?P<{key}>" in proof["expect"] for key in IDENTITIES):
        groups = ", ".join(f"(?P<{key}>...)" for key in IDENTITIES)
        yield document.mistake((*path, "expect"), f"names no digest: it needs one of {groups}")
    if isinstance(proof.get("read_back"), str) and not _is_command(proof["read_back"]):
        yield document.mistake((*path, "read_back"), "a quote that is not closed")


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
        yield from _proof_mistakes(document, name, board["flasher"])
        for path, text in _patterns(board):
            try:
                Pattern(text)
            except PatternRefused as refusal:
                yield document.mistake(("boards", name, *path), str(refusal))


def _flasher_mistakes(document: Document) -> Iterator[Mistake]:
    for name, board in (document.data.get("boards") or {}).items():
        flasher = board["flasher"]
        at = ("boards", name, "flasher")
        try:
            if flasher["driver"] == "scripted":
                parse_steps(flasher["steps"])
            elif flasher["driver"] == "tool":
                parse_tool(flasher)
        except StepRefused as refusal:
            yield document.mistake((*at, "steps", *refusal.path), refusal.says)
        except ToolRefused as refusal:
            yield document.mistake((*at, *refusal.path), refusal.says)


def _patterns(board: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    console, flasher = board["console"], board["flasher"]
    yield ("console", "banner"), console["banner"]
    if "reset" in console:
        yield ("console", "reset"), console["reset"]
    for index, text in enumerate(console.get("panic", ())):
        yield ("console", "panic", index), text
    for key in ("window", *PATTERN_OPTIONS):
        if isinstance(flasher.get(key), str):
            yield ("flasher", key), flasher[key]
    if isinstance(flasher.get("proof"), dict) and "expect" in flasher["proof"]:
        yield ("flasher", "proof", "expect"), flasher["proof"]["expect"]
    for case, exchange in board.get("smoke", {}).items():
        if isinstance(exchange, dict):
            yield ("smoke", case, "expect"), exchange["expect"].replace("{nonce}", "nonce")


def _board(name: str, data: Mapping[str, Any]) -> Board:
    console = dict(data["console"])
    tuples = {key: tuple(console.get(key, ())) for key in ("panic", "detectors")}
    image = dict(data.get("image", {}))
    return Board(
        name=name,
        baud=data.get("baud", 115200),
        image=ImageSpec(**image | {"formats": tuple(image.get("formats", ()))}),
        console=Console(**console | tuples),
        flasher=_flasher(data["flasher"]),
        smoke={case: _exchange(value) for case, value in data.get("smoke", {}).items()},
    )


def _flasher(data: Mapping[str, Any]) -> FlasherSpec:
    rest = dict(data)
    entry = {key: rest.pop(key) for key in _ENTRY_KEYS if key in rest}
    return FlasherSpec(
        driver=rest.pop("driver"),
        entry=Entry(**entry) if "window" in entry else None,
        proof=_proof(rest.pop("proof", "none")),
        run=rest.pop("run", ""),
        timeout_s=rest.pop("timeout_s", 120.0),
        options=rest,
    )


def _proof(data: str | Mapping[str, Any]) -> Proof:
    if isinstance(data, str):
        return Unproven()
    rest = dict(data)
    if "read_back" in rest:
        return ReadBackProof(command=_argv(rest.pop("read_back")), **rest)
    if rest.pop("after", None):
        return ShownProof(**rest)
    return AskProof(**rest)


def _argv(command: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(shlex.split(command) if isinstance(command, str) else command)


def _exchange(value: str | Mapping[str, Any]) -> Exchange:
    if isinstance(value, str):
        return Exchange(send=value, expect="")
    return Exchange(**{"send": ""} | dict(value))


def _beside(file: str, path: str) -> str:
    """Return a path that an inventory names, relative to the inventory's own folder."""
    folder, slash, _ = file.rpartition("/")
    return path if path.startswith("/") or not path else f"{folder}{slash}{path}"


def _rig(name: str, data: Mapping[str, Any], *, file: str) -> Rig:
    power = dict(data["power"])
    serial = data["serial"]
    reset = dict(data.get("reset", {}))
    steps = tuple(LineStep(**step) for step in reset.pop("steps", ()))
    return Rig(
        name=name,
        board=data["board"],
        revision=str(data["revision"]),
        serial=UsbIdentity(**serial["usb"]) if isinstance(serial, dict) else serial,
        power=PowerSpec(driver=power.pop("driver"), off_s=power.pop("off_s", 2.0), options=power),
        line=LineSpec(**data.get("line", {})),
        reset=ResetSpec(**reset | {"by": ResetBy(reset.get("by", "power"))}, steps=steps),
        probe_id=data.get("probe_id", ""),
        capabilities=tuple(data.get("capabilities", ())),
        on_release=OnRelease(data.get("on_release", "leave")),
        baseline=_beside(file, data.get("baseline", "")),
        virtual=VirtualSpec(**data["virtual"]) if "virtual" in data else None,
        enabled=data.get("enabled", True),
        notes=data.get("notes", ""),
    )


def _keep(documents: Sequence[Document]) -> Keep:
    found: dict[str, float] = {}
    for document in reversed(documents):  # the named file comes first and has the last word
        found |= document.data.get("keep") or {}
    return Keep(**found)
