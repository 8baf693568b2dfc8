"""Flasher options: the YAML keys of each built-in flasher, as JSON Schema.

A flasher from another package checks its own options when it is made.
"""

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_SERIAL_TRANSFER = {
    "required": ["start", "accepted", "refused", "window", "enter", "prompt"],
    "properties": {"start": _TEXT, "accepted": _TEXT, "refused": _TEXT},
}
FLASHER_OPTIONS: dict[str, dict[str, Any]] = {
    "xmodem": _SERIAL_TRANSFER,
    "xmodem1k": _SERIAL_TRANSFER,
    "ymodem": _SERIAL_TRANSFER,
    "ymodem-g": _SERIAL_TRANSFER,
    "scripted": {
        "required": ["steps"],
        "properties": {"steps": {"type": "array", "minItems": 1}},
    },
    "tool": {
        "required": [],
        "properties": {
            "recipe": _TEXT,
            "with": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number"]},
            },
            "install": _TEXT,
            "command": {"anyOf": [_TEXT, {**_TEXTS, "minItems": 1}]},
            "before": {"enum": ["nothing", "reset", "power_cycle"]},
            "line": {"enum": ["kept", "handed_over"]},
            "phases": {"type": "object", "additionalProperties": _TEXT},
            "errors": {"type": "object", "additionalProperties": _TEXTS},
            "exits": {"type": "object"},
        },
    },
}
"""What is allowed and required beside the keys that every flasher has, by driver."""

PATTERN_OPTIONS = ("accepted", "refused")
"""Options that are patterns, wherever they stand."""
