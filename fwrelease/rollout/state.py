"""Rollout state: where each ring of a rollout stands, as a table of what may follow what."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fwrelease.errors import UsageFault
from fwrelease.rollout.plan import Plan


class RingState(enum.Enum):
    """Where one ring stands."""

    PLANNED = "planned"
    ROLLING = "rolling"
    SOAKING = "soaking"
    HELD = "held"
    PASSED = "passed"
    HALTED = "halted"
    TAKEN_BACK = "taken_back"
    SUPERSEDED = "superseded"


class RingEvent(enum.Enum):
    """What happens to a ring."""

    OPEN = "open"
    ROLL = "roll"
    SOAK = "soak"
    STARVE = "starve"
    PASS = "pass"  # noqa: S105  a ring passes; nothing is secret here
    HALT = "halt"
    TAKE_BACK = "take_back"
    SUPERSEDE = "supersede"


UNDECIDED = frozenset({RingState.ROLLING, RingState.SOAKING, RingState.HELD})
JUDGED = UNDECIDED | {RingState.PASSED}
SUPERSEDABLE = JUDGED | {RingState.PLANNED}

TRANSITIONS: Mapping[tuple[RingState, RingEvent], RingState] = {
    (RingState.PLANNED, RingEvent.OPEN): RingState.ROLLING,
    (RingState.PLANNED, RingEvent.HALT): RingState.HALTED,
    **{(state, RingEvent.ROLL): RingState.ROLLING for state in UNDECIDED},
    **{(state, RingEvent.SOAK): RingState.SOAKING for state in UNDECIDED},
    **{(state, RingEvent.STARVE): RingState.HELD for state in UNDECIDED},
    **{(state, RingEvent.PASS): RingState.PASSED for state in UNDECIDED},
    **{(state, RingEvent.HALT): RingState.HALTED for state in JUDGED},
    **{(state, RingEvent.SUPERSEDE): RingState.SUPERSEDED for state in SUPERSEDABLE},
    (RingState.HALTED, RingEvent.TAKE_BACK): RingState.TAKEN_BACK,
}


class Phase(enum.Enum):
    """Where the rollout as a whole stands: the worst that its rings say."""

    GOING = "going"
    HELD = "held"
    COMPLETE = "complete"
    HALTED = "halted"
    TAKEN_BACK = "taken_back"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingStatus:
    """One ring of a rollout; ``opened_at`` is the fleet's time, ``says`` the last decision."""

    name: str
    state: RingState
    opened_at: datetime | None = None
    says: str = "not opened yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One build on its way through the rings of a plan."""

    version: str
    rings: tuple[RingStatus, ...]

    @property
    def phase(self) -> Phase:
        """Where the rollout stands as a whole."""
        states = {ring.state for ring in self.rings}
        if states == {RingState.PASSED}:
            return Phase.COMPLETE
        for state in (RingState.SUPERSEDED, RingState.HALTED, RingState.TAKEN_BACK, RingState.HELD):
            if state in states:
                return Phase(state.value)
        return Phase.GOING

    @property
    def opened(self) -> tuple[RingStatus, ...]:
        """The rings whose devices were offered the build, in order."""
        return tuple(ring for ring in self.rings if ring.opened_at is not None)


def follow(state: RingState, event: RingEvent) -> RingState:
    """Return the state after ``event``.

    Raises:
        UsageFault: the event cannot happen in this state.
    """
    if (state, event) not in TRANSITIONS:
        raise UsageFault(
            f"a ring that is {state.value} cannot {event.value}",
            hint="`fwrelease rollout status` shows where the rings stand",
        )
    return TRANSITIONS[state, event]


def plan_rollout(version: str, plan: Plan) -> Rollout:
    """Return the rollout of ``version`` before any ring is open."""
    rings = tuple(RingStatus(name=ring.name, state=RingState.PLANNED) for ring in plan.rings)
    return Rollout(version=version, rings=rings)


def next_ring(rollout: Rollout) -> str | None:
    """Return the first ring that is not open yet, if every ring before it passed."""
    for ring in rollout.rings:
        if ring.state is RingState.PLANNED:
            return ring.name
        if ring.state is not RingState.PASSED:
            return None
    return None


def open_ring(rollout: Rollout, name: str, *, at: datetime) -> Rollout:
    """Return the rollout with the ring open.

    Raises:
        UsageFault: it is open already, or it is not this ring's turn; the message says whose it is.
    """
    place = next((index for index, ring in enumerate(rollout.rings) if ring.name == name), None)
    if place is None:
        known = ", ".join(ring.name for ring in rollout.rings)
        raise UsageFault(f"the plan has no ring {name}", hint=f"its rings are {known}")
    for before in rollout.rings[:place]:
        if before.state is not RingState.PASSED:
            raise UsageFault(
                f"ring {name} cannot open for {rollout.version}: ring {before.name} before it is"
                f" {before.state.value}",
                hint="rings open in order, each after the one before it passed",
            )
    ring = rollout.rings[place]
    opened = replace(
        ring,
        state=follow(ring.state, RingEvent.OPEN),
        opened_at=at,
        says="opened; no device has taken the build yet",
    )
    return _with_ring(rollout, opened)


def apply_event(rollout: Rollout, name: str, event: RingEvent, *, says: str) -> Rollout:
    """Return the rollout after ``event`` at the ring ``name``.

    Raises:
        UsageFault: the event cannot happen in the ring's state.
    """
    ring = next(ring for ring in rollout.rings if ring.name == name)
    return _with_ring(rollout, replace(ring, state=follow(ring.state, event), says=says))


def _with_ring(rollout: Rollout, changed: RingStatus) -> Rollout:
    rings = tuple(changed if ring.name == changed.name else ring for ring in rollout.rings)
    return replace(rollout, rings=rings)
