"""Twister: a Zephyr hardware map as an inventory of ours.

The keys are those of Zephyr's ``scripts/schemas/twister/hwmap-schema.yaml``, and those that
``hardwaremap.py`` and ``hardwaredata.py`` read beside it. What has no place here is said, as a
comment at the rig and in ``losses``; nothing is dropped in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hil.errors import UsageFault
from hil.inventory import sketch
from hil.inventory.document import Document

_BAUD, _LOWEST_BAUD = 115200, 50
_PLACEHOLDER_LINE = "/dev/serial/by-id/not-known-{name}"
_CARRIED = frozenset(
    {"id", "platform", "serial", "serial_baud", "baud", "fixtures", "notes", "product"}
    | {"connected", "available", "runner", "runner_params", "probe_id", "flash_timeout"}
)
_INSTEAD = {
    "serial_pty": "a line that a command offers: start it beside and name its port in `serial`",
    "pre_script": "ran before each test: where it switches the supply, it is `power`",
    "post_script": "ran after each test: see `on_release`",
    "post_flash_script": "ran after flashing: where it resets the board, it is `reset`",
    "flash_before": "not needed: the line is handed over to the tool and taken back",
    "attach_serial_after_flash": "not needed: the line is handed over to the tool and taken back",
    "flash_with_test": "not needed: each image is flashed once and proven",
    "script_param": "time limits of the scripts",
    "hooks": "commands around a test: see `power`, `reset` and `on_release`",
}
_NO_PLACE = "has no counterpart here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The inventory as YAML text, and what of the map it could not carry over, one line each."""

    text: str
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One device of the map. ``shares_with`` names the rig that has the same line already."""

    name: str
    board: str
    more_platforms: tuple[str, ...]
    serial: str
    shares_with: str
    data: Mapping[str, Any]


def import_map(document: Document) -> Imported:
    """Return a hardware map as an inventory with placeholder boards, one per platform.

    Raises:
        UsageFault: it is no hardware map.
    """
    entries: list[_Entry] = []
    for index, data in enumerate(_sequence(document)):
        entries.append(_read_entry(document, index, data, before=entries))
    boards: dict[str, int] = {}
    for entry in entries:
        boards.setdefault(entry.board, _baud(entry.data))
    lost = {entry.name: _losses(entry, boards) for entry in entries}
    text = f"version: 1\n{sketch.comment(f'imported from {document.name}', indent=0)}"
    if entries:
        rigs = "".join(_rig(entry, lost[entry.name]) for entry in entries)
        text += sketch.placeholder_boards(boards) + "rigs:\n" + rigs
    return Imported(
        text=text,
        losses=tuple(f"{name}: {line}" for name, lines in lost.items() for line in lines),
    )


def _sequence(document: Document) -> list[Any]:
    if isinstance(document.data, list):
        return document.data
    raise UsageFault(
        f"{document.name}: no hardware map: it is not a list of devices",
        hint="west twister --generate-hardware-map FILE writes one",
        code="HARDWARE_MAP",
    )


def _read_entry(
    document: Document, index: int, data: object, *, before: Sequence[_Entry]
) -> _Entry:
    if not isinstance(data, dict) or not data.get("platform"):
        says = document.mistake((index,), "not a device: it has no `platform`").sentence()
        raise UsageFault(says, hint="is it a hardware map of Twister?", code="HARDWARE_MAP")
    given = data["platform"]
    platforms = [str(p) for p in given] if isinstance(given, list) else str(given).split()
    board = sketch.name_rig(platforms[0].replace("/", "-"), ())
    wanted = f"{board}-{data['id']}" if _known(data.get("id")) else board
    serial = str(data["serial"]) if _known(data.get("serial")) else ""
    return _Entry(
        name=sketch.name_rig(wanted, (entry.name for entry in before)),
        board=board,
        more_platforms=tuple(platforms[1:]),
        serial=serial,
        shares_with=next((e.name for e in before if serial and e.serial == serial), ""),
        data=data,
    )


def _known(value: object) -> bool:
    """Tell whether a field was filled in; Twister writes ``unknown`` where it was not."""
    return value is not None and str(value) not in {"", "unknown"}


def _baud(data: Mapping[str, Any]) -> int:
    given = data.get("serial_baud") or data.get("baud")
    return given if isinstance(given, int) and given >= _LOWEST_BAUD else _BAUD


def _losses(entry: _Entry, boards: Mapping[str, int]) -> list[str]:
    """Say what of one entry is not in the inventory, and what to do about it."""
    data = entry.data
    said = [
        f"{key}: {data[key]!r}: {_INSTEAD.get(key, _NO_PLACE)}"
        for key in data
        if key not in _CARRIED
    ]
    if entry.more_platforms:
        others = ", ".join(entry.more_platforms)
        said.append(f"platform: also {others}: a line belongs to one rig, and a rig has one board")
    if not entry.serial:
        said.append("serial: the map names no port: `hil rig discover` shows what is plugged in")
    if entry.shares_with:
        said.append(f"serial: {entry.serial}: {entry.shares_with} has this line: left out")
    if _baud(data) != boards[entry.board]:
        said.append(f"baud: {_baud(data)}: {entry.board} has {boards[entry.board]} already")
    if _known(data.get("runner")):
        said.append(f"runner: {data['runner']}: {_runner(data)}")
    return said


def _runner(data: Mapping[str, Any]) -> str:
    """Say how the board would be flashed here as Twister did it."""
    words = ["west", "flash", "--runner", str(data["runner"])]
    if _known(data.get("probe_id")):
        words += ["-i", str(data["probe_id"])]
    words += [str(word) for word in data.get("runner_params") or ()]
    limit = data.get("flash_timeout")
    told = f"; timeout_s: {limit}" if limit else ""
    return f"complete the board's `flasher`; Twister ran: {' '.join(words)}{told}"


def _rig(entry: _Entry, lost: Sequence[str]) -> str:
    data = entry.data
    facts = [f"{key} {data[key]}" for key in ("product", "id", "probe_id") if _known(data.get(key))]
    remarks = [", ".join(facts)] if facts else []
    remarks += [f"not carried over: {line}" for line in lost]
    told = sketch.comment("\n".join(remarks), indent=4) if remarks else ""
    if entry.shares_with:
        return sketch.comment(f"{entry.name}:", indent=2) + told
    serial = entry.serial or _PLACEHOLDER_LINE.format(name=entry.name)
    return (
        f"  {sketch.quote(entry.name)}:\n{told}"
        f"    board: {sketch.quote(entry.board)}\n"
        "    revision: a\n"
        f"    serial: {sketch.quote(serial)}\n"
        f"    {sketch.NO_SWITCH}\n" + _standing(entry)
    )


def _standing(entry: _Entry) -> str:
    data = entry.data
    fixtures = dict.fromkeys(str(fixture) for fixture in data.get("fixtures") or ())
    notes = [str(data["notes"])] if _known(data.get("notes")) else []
    out = _why_out(entry)
    text = f"    capabilities: {sketch.quote_all(fixtures)}\n" if fixtures else ""
    text += "    enabled: false\n" if out else ""
    text += f"    notes: {sketch.quote('; '.join([*out, *notes]))}\n" if out or notes else ""
    return text


def _why_out(entry: _Entry) -> list[str]:
    """Say why a device does not take part; Twister uses it only where it is connected."""
    said = []
    if str(entry.data.get("connected", False)).lower() not in _YES:
        said.append("not connected when it was imported")
    if entry.data.get("available") is False:
        said.append("not available when it was imported")
    if not entry.serial:
        said.append("no port known")
    return said


_YES = frozenset({"true", "yes", "on"})  # what YAML 1.1, as Twister reads it, takes for true
