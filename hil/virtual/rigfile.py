"""A rig file, ``rig.json``: what board a virtual rig holds and what is wrong with it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NewType

from hil.virtual.faults import Faults, parse_faults
from hil.virtual.refusal import Refused

ChipId = NewType("ChipId", int)

_KNOWN = (
    "rig",
    "board",
    "revision",
    "chip_id",
    "baud",
    "latency_ms",
    "seed",
    "faults",
    "bootloader",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RigFile:
    """One virtual rig. ``baud`` None means that the line takes no time."""

    rig: str
    board: str
    revision: str
    chip_id: ChipId
    baud: int | None = None
    latency_ms: int = 0
    seed: int = 1
    faults: Faults = field(default_factory=Faults)
    bootloader: Path | None = None


def read_rig_file(path: Path) -> RigFile:
    """Read ``path``.

    Raises:
        Refused: there is no such file, it is not JSON, or it does not describe a rig.
    """
    try:
        return parse_rig(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Refused(f"{path} is not JSON: {error}") from error
    except Refused as refusal:
        raise Refused(f"{path}: {refusal}") from refusal


def parse_rig(data: object) -> RigFile:
    """Turn the content of a ``rig.json`` into a value.

    Raises:
        Refused: a key is unknown or missing, or a value does not fit.
    """
    if not isinstance(data, dict):
        raise Refused("a rig is a JSON object")
    for key in data:
        if key not in _KNOWN:
            raise Refused(f"unknown key {key!r}; known are {', '.join(_KNOWN)}")
    bootloader = data.get("bootloader")
    return RigFile(
        rig=_text(data, "rig", r".+"),
        board=_text(data, "board", r"[a-z0-9][a-z0-9.-]*"),
        revision=_text(data, "revision", r"[ab]"),
        chip_id=ChipId(int(_text(data, "chip_id", r"[0-9a-f]{8}"), 16)),
        baud=None if data.get("baud") is None else _whole(data, "baud", least=50),
        latency_ms=_whole(data, "latency_ms", least=0),
        seed=_whole(data, "seed", least=0, default=1),
        faults=parse_faults(data.get("faults", {})),
        bootloader=None if bootloader is None else Path(_text(data, "bootloader", r".+")),
    )


def _text(data: dict[str, object], key: str, pattern: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Refused(f"{key} must be text matching {pattern}, not {value!r}")
    return value


def _whole(data: dict[str, object], key: str, *, least: int, default: int = 0) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refused(f"{key} must be a whole number from {least}, not {value!r}")
    return value
