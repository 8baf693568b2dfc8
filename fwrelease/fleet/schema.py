"""Schema: what fleet.yaml may hold; docs/schemas/fleet.json is the same for other programs."""

from collections.abc import Mapping

_RATE = {"type": "number", "minimum": 0, "maximum": 1}
_TRUTH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"silent": _RATE, "revert": _RATE, "crash": _RATE},
}
FLEET_SCHEMA: Mapping[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Fleet",
    "description": "A simulated fleet, and the truth about builds that no server sees.",
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "devices", "seed", "baseline", "boards"],
    "properties": {
        "kind": {"const": "simulated"},
        "devices": {"type": "integer", "minimum": 1, "maximum": 10_000_000},
        "seed": {"type": "integer", "minimum": 0},
        "starts": {"description": "The fleet's own clock begins here, ISO 8601."},
        "baseline": {"description": "What every device runs at first.", "type": "string"},
        "boards": {
            "description": "board, revision, share of the fleet; the shares add up to 1.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": _RATE,
            },
        },
        "poll": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "median_s": {"type": "number", "minimum": 60},
                "spread": {"type": "number", "minimum": 0, "maximum": 3},
                "daily_share": _RATE,
            },
        },
        "background": _TRUTH,
        "builds": {"type": "object", "additionalProperties": _TRUTH},
    },
}
