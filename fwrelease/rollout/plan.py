"""Plan: the rings of a rollout in order, and what all of them share."""

from dataclasses import dataclass
from datetime import timedelta

from fwrelease.errors import UsageFault
from fwrelease.rollout.ring import Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A rollout plan.

    ``alpha`` is the chance that a good build is ever halted, or a bad one passed, over all rings.
    A device is silent once it was not heard of for ``silence_after``, or for three of its own poll
    intervals where that is longer. A ring that is undecided after ``held_after`` needs a person.
    """

    alpha: float
    salt: str
    silence_after: timedelta
    held_after: timedelta
    rings: tuple[Ring, ...]

    @property
    def alpha_per_ring(self) -> float:
        """Each ring's share of ``alpha`` (Bonferroni 1936: the sum bounds the chance of any)."""
        return self.alpha / len(self.rings)

    def find_ring(self, name: str) -> Ring:
        """Return the ring of this name.

        Raises:
            UsageFault: the plan has none; the message lists the ones it has.
        """
        for ring in self.rings:
            if ring.name == name:
                return ring
        known = ", ".join(ring.name for ring in self.rings)
        raise UsageFault(f"the plan has no ring {name}", hint=f"its rings are {known}")
