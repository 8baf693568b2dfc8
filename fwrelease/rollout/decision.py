"""Decision: what the counts of a ring mean for it, and one step of a whole rollout.

Going on is earned: whatever is unknown holds. A failure in any ring that was opened halts all of
them, however long ago it passed.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fwrelease.health.counts import DeviceCounts
from fwrelease.health.judgement import Fail, Inconclusive, Lack, Pass, SourceError, judge
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.ring import Ring
from fwrelease.rollout.state import (
    JUDGED,
    SUPERSEDABLE,
    UNDECIDED,
    Phase,
    RingEvent,
    RingState,
    RingStatus,
    Rollout,
    apply_event,
    next_ring,
)


class Wait(enum.Enum):
    """Why a ring holds; only ``NO_DATA`` needs a person."""

    ROLLING = "rolling"
    SOAKING = "soaking"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """The ring passed: the next one may open."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The ring stays as it is."""

    says: str
    wait: Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """The build is bad: no further offers, and devices go back."""

    says: str


Decision = Advance | Hold | Halt


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the fleet said: counts by ring (a ring may be missing), and who still has the build.

    ``still_on_build`` is the number of devices that answer and run or install the build.
    """

    counts: Mapping[str, DeviceCounts]
    still_on_build: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRing:
    """Ask the gate of this ring, and open it if the gate passes."""

    ring: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Stop all offers of the build, and give devices that took it the previous one."""

    says: str


Action = OpenRing | TakeBack


@dataclass(frozen=True, slots=True, kw_only=True)
class RingRecord:
    """What was decided of one ring, and from which counts."""

    ring: str
    before: RingState
    after: RingState
    decision: Decision
    counts: DeviceCounts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The result of one step: the new state, what to do, and a record of each judged ring."""

    rollout: Rollout
    actions: tuple[Action, ...]
    records: tuple[RingRecord, ...]


def decide(
    ring: Ring, counts: DeviceCounts | None, *, alpha: float, open_for: timedelta, plan: Plan
) -> Decision:
    """Decide one ring that has been open for ``open_for`` of the fleet's time."""
    match judge(counts, ring.criterion, alpha=alpha):
        case Pass(says=says):
            return Advance(says=says)
        case Fail(says=says):
            return Halt(says=says)
        case SourceError(says=says):
            return Hold(says=says, wait=Wait.NO_DATA)
        case Inconclusive(says=says, lacks=lacks):
            return _hold(counts, says, lacks, open_for, plan)


def step(plan: Plan, rollout: Rollout, facts: Facts, now: datetime) -> Step:
    """Judge every open ring once and say what follows; ``now`` is the fleet's time."""
    if rollout.phase is Phase.HALTED:
        return _finish_take_back(rollout, facts)
    if rollout.phase not in {Phase.GOING, Phase.HELD}:
        return Step(rollout=rollout, actions=(), records=())
    decided = [
        (ring, _decide_status(plan, ring, facts, now))
        for ring in rollout.rings
        if ring.state in JUDGED
    ]
    halts = [(ring, decision) for ring, decision in decided if isinstance(decision, Halt)]
    if halts:
        ring, halt = halts[0]
        return _halt_all(rollout, f"ring {ring.name}: {halt.says}", decided, facts)
    after = rollout
    for ring, decision in decided:
        if ring.state in UNDECIDED:
            after = apply_event(after, ring.name, _event_of(decision), says=decision.says)
    following = next_ring(after)
    actions = () if following is None else (OpenRing(ring=following),)
    return Step(rollout=after, actions=actions, records=_records(after, decided, facts))


def supersede(rollout: Rollout, *, by: str) -> Rollout:
    """Return the rollout after a newer one took its place; devices keep what they run.

    A halted rollout stays halted, because its offers must never come back.
    """
    for ring in rollout.rings:
        if ring.state in SUPERSEDABLE:
            rollout = apply_event(
                rollout, ring.name, RingEvent.SUPERSEDE, says=f"superseded by {by}; {ring.says}"
            )
    return rollout


def _hold(
    counts: DeviceCounts | None, says: str, lacks: Lack, open_for: timedelta, plan: Plan
) -> Hold:
    hours = open_for / timedelta(hours=1)
    if open_for > plan.held_after:
        return Hold(says=f"{says}; undecided after {hours:,.0f} h", wait=Wait.NO_DATA)
    if lacks is Lack.EXPOSURE:
        return Hold(says=says, wait=Wait.SOAKING)
    if counts is None or (counts.booted_confirmed == 0 and open_for > plan.silence_after):
        return Hold(says=f"{says}; nothing confirmed after {hours:,.0f} h", wait=Wait.NO_DATA)
    if counts.offered == counts.targeted and counts.pending == 0:
        return Hold(
            says=f"{says}, but all {counts.targeted:,} devices of the ring have reported",
            wait=Wait.NO_DATA,
        )
    return Hold(says=says, wait=Wait.ROLLING)


def _decide_status(plan: Plan, status: RingStatus, facts: Facts, now: datetime) -> Decision:
    open_for = now - status.opened_at if status.opened_at is not None else timedelta(0)
    return decide(
        plan.find_ring(status.name),
        facts.counts.get(status.name),
        alpha=plan.alpha_per_ring,
        open_for=open_for,
        plan=plan,
    )


def _event_of(decision: Decision) -> RingEvent:
    match decision:
        case Advance():
            return RingEvent.PASS
        case Halt():
            return RingEvent.HALT
        case Hold(wait=Wait.SOAKING):
            return RingEvent.SOAK
        case Hold(wait=Wait.NO_DATA):
            return RingEvent.STARVE
        case Hold():
            return RingEvent.ROLL


def _halt_all(
    rollout: Rollout, says: str, decided: list[tuple[RingStatus, Decision]], facts: Facts
) -> Step:
    after = rollout
    for ring in rollout.rings:
        after = apply_event(after, ring.name, RingEvent.HALT, says=says)
    records = _records(after, decided, facts)
    return Step(rollout=after, actions=(TakeBack(says=says),), records=records)


def _finish_take_back(rollout: Rollout, facts: Facts) -> Step:
    """A halted rollout is taken back once no device that answers has the build any more."""
    if facts.still_on_build:
        return Step(rollout=rollout, actions=(), records=())
    after = rollout
    for ring in rollout.rings:
        if ring.state is RingState.HALTED:
            after = apply_event(after, ring.name, RingEvent.TAKE_BACK, says=ring.says)
    return Step(rollout=after, actions=(), records=())


def _records(
    after: Rollout, decided: list[tuple[RingStatus, Decision]], facts: Facts
) -> tuple[RingRecord, ...]:
    states = {ring.name: ring.state for ring in after.rings}
    return tuple(
        RingRecord(
            ring=ring.name,
            before=ring.state,
            after=states[ring.name],
            decision=decision,
            counts=facts.counts.get(ring.name),
        )
        for ring, decision in decided
    )
