"""A fault: something planted in a virtual rig from outside, so that a test can look for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from hil.virtual.refusal import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """All that is wrong with a rig; each default is health.

    ``drop`` and ``garble`` are probabilities per byte, 0..1, in each direction.
    ``vanish_after_bytes`` counts output, ``power_cut_after_bytes`` flash programming.
    ``dead_page`` counts from the start of the slot. ``slow`` multiplies what work takes.
    """

    drop: float = 0.0
    garble: float = 0.0
    vanish_after_bytes: int | None = None
    silent: bool = False
    power_cut_after_bytes: int | None = None
    dead_page: int | None = None
    boot_loop: bool = False
    stale_flash: bool = False
    slow: float = 1.0

    def planted(self) -> dict[str, object]:
        """Return those that are not health, as ``parse_faults`` reads them."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _is_probability(value: object) -> bool:
    number = _number(value)
    return number is not None and 0 <= number <= 1


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_factor(value: object) -> bool:
    number = _number(value)
    return number is not None and 1 <= number <= 1000


_KNOWN: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "drop": (_is_probability, "a probability from 0 to 1"),
    "garble": (_is_probability, "a probability from 0 to 1"),
    "vanish_after_bytes": (_is_count, "a number of bytes"),
    "silent": (_is_flag, "true or false"),
    "power_cut_after_bytes": (_is_count, "a number of bytes"),
    "dead_page": (_is_count, "a page number, 0 being the first of the slot"),
    "boot_loop": (_is_flag, "true or false"),
    "stale_flash": (_is_flag, "true or false"),
    "slow": (_is_factor, "a factor from 1 to 1000"),
}


def parse_faults(data: object) -> Faults:
    """Read the faults of a request or a ``rig.json``; null stands for "not planted".

    Raises:
        Refused: it is not an object, a name is unknown, or a value does not fit its fault.
    """
    if not isinstance(data, dict):
        raise Refused(f"faults must be an object, not {data!r}")
    planted = {name: value for name, value in data.items() if value is not None}
    for name, value in planted.items():
        if name not in _KNOWN:
            raise Refused(f"unknown fault {name!r}; known are {', '.join(_KNOWN)}")
        fits, wanted = _KNOWN[name]
        if not fits(value):
            raise Refused(f"fault {name} must be {wanted}, not {value!r}")
    return Faults(**planted)
