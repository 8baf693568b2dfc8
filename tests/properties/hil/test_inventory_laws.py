"""Laws of inventory files: whatever stands in them, it is an inventory or a refusal in words."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import UsageFault
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.inventory.rig import Inventory

BOARD: dict[str, Any] = {
    "console": {"prompt": "nano> ", "banner": "app"},
    "flasher": dict.fromkeys(
        ("driver", "window", "enter", "prompt", "start", "accepted", "refused", "run"), "x"
    ),
}
RIG: dict[str, Any] = {
    "board": "nano",
    "revision": "b",
    "serial": "/dev/null",
    "power": {"driver": "command"},
}
SCRIPTED: dict[str, Any] = {
    "image": {"formats": ["raw"], "at": 0, "size": 1},
    "console": {"prompt": "=> ", "banner": "U-Boot", "detectors": ["acme"], "silence_s": 1},
    "flasher": {
        "driver": "scripted",
        "steps": [{"send": "loady\n", "expect": "Ready"}, {"transfer": "ymodem"}],
        "proof": {"after": "reset", "expect": "crc (?P<crc32>[0-9a-f]+)"},
    },
}
BY_TOOL: dict[str, Any] = {
    "console": {"prompt": "> ", "banner": "app"},
    "flasher": {
        "driver": "tool",
        "command": ["flash", "{image}"],
        "phases": {"erase": "Erasing"},
        "errors": {"FLASH_CONNECT": ["no device"]},
        "exits": {"2": "FLASH_CONNECT"},
        "proof": {"read_back": "read {file}"},
    },
}
FAR: dict[str, Any] = RIG | {
    "board": "scripted",
    "serial": {"usb": {"serial": "A50285BI", "interface": 0}},
    "line": {"dtr": True, "rts": False, "latency_ms": 1, "return_s": 1},
    "reset": {"by": "lines", "steps": [{"rts": True, "hold_s": 0.1}, {"rts": False}]},
}
LAB: dict[str, Any] = {
    "version": 1,
    "keep": {"transcripts_days": 1},
    "detectors": {"acme": {"panic": ["dead"], "reset": "up"}},
    "boards": {"nano": BOARD, "scripted": SCRIPTED, "tool": BY_TOOL},
    "rigs": {"bench-1": RIG, "bench-2": FAR},
}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
SNIPPETS = """version|rigs|boards|1|: |- |  |{|}|[|]|&a |*a|? |!!set |<<|'|"|#|.nan|on|\\ud800|%"""
snippets = st.sampled_from(["\n", "\x00", "|", *SNIPPETS.split("|")])


def paths(value: object, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [at]
    return [at, *(path for key, inner in value.items() for path in paths(inner, (*at, key)))]


def changed(value: Any, path: tuple[str, ...], to: object) -> Any:
    if not path:
        return to
    return value | {path[0]: changed(value[path[0]], path[1:], to)}


def read(text: str) -> Inventory:
    return parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")


def read_or_refuse(text: str) -> None:
    with suppress(UsageFault):
        read(text)


@given(st.text() | st.lists(snippets, max_size=30).map("".join))
def test_no_text_is_more_than_an_inventory_or_a_refusal(text: str) -> None:
    read_or_refuse(text)


def test_the_lab_that_is_spoilt_below_is_a_good_one() -> None:
    assert set(read(json.dumps(LAB)).rigs) == {"bench-1", "bench-2"}


@given(path=st.sampled_from(paths(LAB)), wrong=anything)
def test_one_value_made_anything_is_read_or_refused(path: tuple[str, ...], wrong: object) -> None:
    read_or_refuse(json.dumps(changed(LAB, path, wrong)))


@given(names=st.lists(st.sampled_from(sorted(RIG)), min_size=1, unique=True))
def test_everything_that_is_missing_is_named_at_once(names: list[str]) -> None:
    rig = {key: value for key, value in RIG.items() if key not in names}
    with pytest.raises(UsageFault) as refused:
        read(json.dumps(LAB | {"rigs": {"bench-1": rig}}, indent=1))
    for name in names:
        assert f"rigs.bench-1: '{name}' is a required property" in refused.value.message
