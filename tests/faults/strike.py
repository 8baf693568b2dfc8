"""Strike: what exactly a cell plants in one run; the seed decides where it hits."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.cell import Cell

PAGE_BYTES = 4096
_SLOT_PAGES = 48
_HEART = 0.9  # of a phase's output: what it says last may come when the next one has begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a healthy board says from power-on on: which of its bytes fall into which phase."""

    output: Mapping[str, range]
    image_bytes: int


def draw(cell: Cell, seed: int, reference: Reference) -> dict[str, object]:
    """Return the faults of one run, as a virtual rig takes them."""
    if cell.fault == "none":
        return {}
    chance = random.Random(f"{cell.name}:{seed}")
    return {cell.fault: _value(cell.value, chance, reference)}


def _value(value: Mapping[str, Any] | None, chance: random.Random, reference: Reference) -> object:
    match value:
        case None:
            return True
        case {"between": [int(low), int(high)]}:
            return chance.randint(low, high)
        case {"between": [low, high]}:
            return math.exp(chance.uniform(math.log(low), math.log(high)))
        case {"output": str(phase)}:
            said = reference.output[phase]
            return chance.randrange(said.start + 1, said.start + max(2, int(len(said) * _HEART)))
        case {"programmed": "image"}:
            return chance.randrange(reference.image_bytes)
        case {"page": where}:
            first_free = math.ceil(reference.image_bytes / PAGE_BYTES)
            pages = {"under": range(first_free), "beyond": range(first_free, _SLOT_PAGES)}
            return chance.choice(pages[where])
        case other:
            raise AssertionError(f"the table says {other!r}")
