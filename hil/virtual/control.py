"""The control protocol: newline-delimited JSON, one answer to each request.

====================================  ==========================================================
``{"do": "power", "to": "on"|"off"}``  answers when the board may run, or is gone
``{"do": "reset"}``                    pin reset, also of a board that hangs
``{"do": "status"}``                   ``power``, ``state``, ``board_pid``, ``tty``, ``faults`` ...
``{"do": "plant", "faults": {...}}``   replaces the planted faults from the next power-on
====================================  ==========================================================

An answer is ``{"ok": true, ...}`` or ``{"ok": false, "error": sentence}``.
"""

import enum
import json
from dataclasses import dataclass

from hil.virtual.faults import Faults, parse_faults
from hil.virtual.refusal import Refused


class Power(enum.Enum):
    """Whether the board's supply is on."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SwitchPower:
    """Switch the supply."""

    to: Power


@dataclass(frozen=True, slots=True)
class PinReset:
    """Pull the reset pin."""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Say how the rig is."""


@dataclass(frozen=True, slots=True)
class Plant:
    """Replace the planted faults."""

    faults: Faults


Request = SwitchPower | PinReset | AskStatus | Plant


def parse_request(line: bytes) -> Request:
    """Read one request.

    Raises:
        Refused: it is not a request.
    """
    try:
        data = json.loads(line)
    except ValueError as error:
        raise Refused(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise Refused(f"a request is a JSON object, not {data!r}")
    match data.get("do"):
        case "power":
            return SwitchPower(_power(data.get("to")))
        case "reset":
            return PinReset()
        case "status":
            return AskStatus()
        case "plant":
            return Plant(parse_faults(data.get("faults")))
        case other:
            raise Refused(f"unknown request {other!r}; known are power, reset, status, plant")


def _power(to: object) -> Power:
    try:
        return Power(to)
    except ValueError as error:
        raise Refused(f"power goes to 'on' or 'off', not to {to!r}") from error


def granted(**facts: object) -> bytes:
    """Return the answer to a request that was carried out."""
    return json.dumps({"ok": True, **facts}).encode() + b"\n"


def refused(refusal: Refused) -> bytes:
    """Return the answer to a request that was not."""
    return json.dumps({"ok": False, "error": str(refusal)}).encode() + b"\n"
