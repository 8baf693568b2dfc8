"""The JSON Schema of an inventory; published as docs/schemas/inventory.json."""

from typing import Any

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
        _object(["send", "expect"], send={"type": "string"}, expect=_TEXT, timeout_s=_SECONDS),
    ]
}
_PROOF = _object(["send", "expect"], send=_TEXT, expect=_TEXT, timeout_s=_SECONDS)
_BOARD = _object(
    ["console", "flasher"],
    baud={"type": "integer", "minimum": 50, "maximum": 20_000_000},
    console=_object(
        ["prompt", "banner"],
        prompt=_TEXT,
        banner=_TEXT,
        boot_timeout_s=_SECONDS,
        panic={"type": "array", "items": _TEXT},
        reset=_TEXT,
    ),
    flasher=_object(
        ["driver", "window", "enter", "prompt", "start", "accepted", "refused", "run"],
        driver=_TEXT,
        window=_TEXT,
        enter=_TEXT,
        prompt=_TEXT,
        start=_TEXT,
        accepted=_TEXT,
        refused=_TEXT,
        run=_TEXT,
        window_timeout_s=_SECONDS,
        proof={"anyOf": [_PROOF, {"const": "none"}]},
        timeout_s=_SECONDS,
    ),
    smoke={
        "type": "object",
        "propertyNames": {"enum": ["version", "selftest", "boot_time", "echo", "reboot"]},
        "additionalProperties": _EXCHANGE,
    },
)
_RIG = _object(
    ["board", "revision", "serial", "power"],
    board=_TEXT,
    revision=_TEXT,
    serial=_TEXT,
    power={
        "type": "object",
        "required": ["driver"],
        "properties": {"driver": _TEXT, "off_s": {"type": "number", "minimum": 0}},
        "additionalProperties": _SCALAR,
    },
    capabilities={"type": "array", "items": _TEXT, "uniqueItems": True},
    on_release={"enum": ["leave", "power_off"]},
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
    },
}
