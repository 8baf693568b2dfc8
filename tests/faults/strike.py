"""Strike: what exactly a cell plants in one run; the seed decides where it hits."""

import math
import random
from collections.abc import Mapping
from typing import Any

from tests.faults.cell import Cell, read_output

PAGE_BYTES = 4096
_SLOT_PAGES = 48


def draw(cell: Cell, seed: int, *, image_bytes: int) -> dict[str, object]:
    """Return the faults of one run, as a virtual rig takes them."""
    if cell.fault == "none":
        return {}
    chance = random.Random(f"{cell.name}:{seed}")
    return {cell.fault: _value(cell.value, chance, image_bytes)}


def _value(value: Mapping[str, Any] | None, chance: random.Random, image_bytes: int) -> object:
    match value:
        case None:
            return True
        case {"between": [int(low), int(high)]}:
            return chance.randint(low, high)
        case {"between": [low, high]}:
            return math.exp(chance.uniform(math.log(low), math.log(high)))
        case {"output": str(phase)}:
            return chance.choice(read_output()[phase])
        case {"programmed": "image"}:
            return chance.randrange(image_bytes)
        case {"page": where}:
            first_free = math.ceil(image_bytes / PAGE_BYTES)
            pages = {"under": range(first_free), "beyond": range(first_free, _SLOT_PAGES)}
            return chance.choice(pages[where])
        case other:
            raise AssertionError(f"the table says {other!r}")
