"""The JSON Schema of an inventory; published as docs/schemas/inventory.json."""

from typing import Any

from hil.inventory.detectors import DETECTORS_SCHEMA
from hil.inventory.flasher_options import FLASHER_OPTIONS

_TEXT = {"type": "string", "minLength": 1}
_SECONDS = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}
_SCALAR = {"type": ["string", "number", "boolean", "null"]}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


_EXCHANGE = {
    "anyOf": [
        _TEXT,
        _object(["expect"], send={"type": "string"}, expect=_TEXT, timeout_s=_SECONDS),
    ]
}
_COMMAND = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_PROOF = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "send": _TEXT,
        "expect": _TEXT,
        "after": {"const": "reset"},
        "read_back": _COMMAND,
        "timeout_s": _SECONDS,
    },
    "oneOf": [
        {"required": ["send", "expect"]},
        {"required": ["after", "expect"]},
        {"required": ["read_back"]},
    ],
}
_FLASHER_KEYS: dict[str, Any] = {
    "driver": _TEXT,
    "window": _TEXT,
    "enter": _TEXT,
    "prompt": _TEXT,
    "window_timeout_s": _SECONDS,
    "run": {"type": "string"},
    "proof": {"anyOf": [{"const": "none"}, _PROOF]},
    "timeout_s": _SECONDS,
}
_FLASHER = {
    "type": "object",
    "required": ["driver"],
    "properties": _FLASHER_KEYS,
    "dependentRequired": {key: ["window", "enter", "prompt"] for key in ("window", "enter")},
    "allOf": [
        {
            "if": {"required": ["driver"], "properties": {"driver": {"const": driver}}},
            "then": {
                "required": options["required"],
                "properties": dict.fromkeys(_FLASHER_KEYS, True) | options["properties"],
                "additionalProperties": False,
            },
        }
        for driver, options in FLASHER_OPTIONS.items()
    ],
}
_BOARD = _object(
    ["console", "flasher"],
    baud={"type": "integer", "minimum": 50, "maximum": 20_000_000},
    image=_object(
        [],
        formats={"type": "array", "items": {"enum": ["mcuboot", "elf", "hex", "raw"]}},
        at={"type": "integer", "minimum": 0},
        size={"type": "integer", "minimum": 1},
        machine=_TEXT,
    ),
    console=_object(
        ["prompt", "banner"],
        prompt=_TEXT,
        banner=_TEXT,
        boot_timeout_s=_SECONDS,
        detectors={"type": "array", "items": _TEXT, "uniqueItems": True},
        panic={"type": "array", "items": _TEXT},
        reset=_TEXT,
        silence_s=_SECONDS,
    ),
    flasher=_FLASHER,
    smoke={
        "type": "object",
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
        "additionalProperties": _EXCHANGE,
    },
)
_USB = _object(
    [],
    serial=_TEXT,
    interface={"type": "integer", "minimum": 0},
    location={"type": "string", "pattern": r"^\d+-\d+(\.\d+)*$"},
) | {"anyOf": [{"required": ["serial"]}, {"required": ["location"]}]}
_LEVEL = {"type": "boolean"}
_HOLD = {"type": "number", "minimum": 0, "maximum": 60}
_RESET = {
    "type": "object",
    "required": ["by"],
    "additionalProperties": False,
    "properties": {
        "by": {"enum": ["power", "lines", "console", "command"]},
        "steps": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": _object([], dtr=_LEVEL, rts=_LEVEL, hold_s=_HOLD),
        },
        "send": _TEXT,
        "run": _TEXT,
    },
    "allOf": [
        {"if": {"properties": {"by": {"const": by}}}, "then": {"required": [key]}}
        for by, key in (("lines", "steps"), ("console", "send"), ("command", "run"))
    ],
}
_RIG = _object(
    ["board", "revision", "serial", "power"],
    board=_TEXT,
    revision=_TEXT,
    serial={"anyOf": [_TEXT, _object(["usb"], usb=_USB)]},
    line=_object(
        [],
        dtr=_LEVEL,
        rts=_LEVEL,
        latency_ms={"type": "integer", "minimum": 1, "maximum": 255},
        return_s={"type": "number", "minimum": 0, "maximum": 3600},
    ),
    reset=_RESET,
    probe_id=_TEXT,
    power={
        "type": "object",
        "required": ["driver"],
        "properties": {"driver": _TEXT, "off_s": {"type": "number", "minimum": 0}},
    },
    capabilities={"type": "array", "items": _TEXT, "uniqueItems": True},
    on_release={"enum": ["leave", "baseline", "power_off"]},
    baseline=_TEXT,
    enabled={"type": "boolean"},
    notes={"type": "string"},
    virtual=_object(
        ["chip_id"],
        chip_id={"type": "string", "pattern": "^[0-9a-f]{8}$"},
        seed={"type": "integer", "minimum": 0},
        baud={"type": ["integer", "null"], "minimum": 50},
        latency_ms={"type": "integer", "minimum": 0},
        faults={"type": "object", "additionalProperties": _SCALAR},
    ),
)
_NAME = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"}

INVENTORY_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "hil inventory",
    "type": "object",
    "required": ["version"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": 1},
        "boards": {"type": "object", "propertyNames": _NAME, "additionalProperties": _BOARD},
        "rigs": {"type": "object", "propertyNames": _NAME, "additionalProperties": _RIG},
        "include": {"type": "array", "items": _TEXT},
        "detectors": DETECTORS_SCHEMA,
        "keep": _object(
            [],
            transcripts_days={"type": "number", "minimum": 0},
            transcript_mb={"type": "number", "exclusiveMinimum": 0},
        ),
    },
}
