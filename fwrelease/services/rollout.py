"""Rollout: judge what devices report, move the rings on, and say where they stand."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fwrelease.gates.policy import PolicyFound
from fwrelease.health.counts import DeviceCounts
from fwrelease.health.standing import Standing, measure_standing
from fwrelease.interfaces import Fleet, Transaction
from fwrelease.rollout.decision import (
    Facts,
    OpenRing,
    Step,
    TakeBack,
    step,
)
from fwrelease.rollout.offer import Watch
from fwrelease.rollout.state import Phase, RingState
from fwrelease.services.fleet import sync_offers
from fwrelease.services.promote import Promotion, Refused, changes_between, promote
from fwrelease.services.workspace import Workspace
from fwrelease.store.rollout_record import RolloutRecord, require_rollout
from fwrelease.store.rollouts import (
    Reach,
    RingChange,
    RingDecided,
    RolloutHalted,
    RolloutTakenBack,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingReport:
    """One rung of the ladder; ``counts`` and ``standing`` are None before the ring opened."""

    name: str
    state: RingState
    opened_at: datetime | None
    says: str
    counts: DeviceCounts | None
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutReport:
    """Where a rollout stands; ``refused`` is the gate that keeps the next ring shut."""

    record: RolloutRecord
    now: datetime
    rings: tuple[RingReport, ...]
    still_on_build: int
    next: str
    refused: Refused | None = None

    @property
    def phase(self) -> Phase:
        """Where the rollout stands as a whole."""
        return self.record.rollout.phase


def step_rollout(
    workspace: Workspace, fleet: Fleet, policy: PolicyFound, *, version: str | None
) -> RolloutReport:
    """Judge each open ring once, record what changes, and carry it out; safe to repeat.

    Raises:
        UsageFault: there is no rollout of ``version``.
    """
    with workspace.read() as view:
        sync_offers(view, fleet)
        name = require_rollout(view, version).rollout.version
    with workspace.write() as transaction:
        taken = _take_step(transaction, fleet, name)
    with workspace.read() as view:
        sync_offers(view, fleet)  # what was halted is offered no longer
    promotion = _open_next(workspace, fleet, policy, name, taken)
    report = show_rollout(workspace, fleet, version=name)
    if isinstance(promotion, Refused):
        return replace(report, refused=promotion, next=_say_refused(promotion))
    return report


def watch_rollout(
    workspace: Workspace,
    fleet: Fleet,
    policy: PolicyFound,
    *,
    version: str | None,
    wait: Callable[[], None],
    limit: timedelta,
) -> Iterator[RolloutReport]:
    """Step again and again, and yield each report; the caller stops when it has seen enough.

    ``wait`` lets time pass for the fleet; after ``limit`` of the fleet's time it ends by itself.
    """
    end = fleet.now() + limit
    yield step_rollout(workspace, fleet, policy, version=version)
    while fleet.now() < end:
        wait()
        yield step_rollout(workspace, fleet, policy, version=version)


def show_rollout(workspace: Workspace, fleet: Fleet, *, version: str | None) -> RolloutReport:
    """Return where the rollout of ``version``, or the newest one, stands; changes nothing.

    Raises:
        UsageFault: there is no such rollout.
    """
    with workspace.read() as view:
        sync_offers(view, fleet)
        record = require_rollout(view, version)
    facts = fleet.observe(_watch(record))
    seen = step(record.plan, record.rollout, facts, fleet.now())
    said = {one.ring: one.decision.says for one in seen.records}
    rings = tuple(
        _report_ring(record, ring.name, facts, said.get(ring.name, ring.says))
        for ring in record.rollout.rings
    )
    return RolloutReport(
        record=record,
        now=fleet.now(),
        rings=rings,
        still_on_build=facts.still_on_build,
        next=_say_next(record, rings, facts),
    )


def _take_step(transaction: Transaction, fleet: Fleet, version: str) -> Step:
    record = require_rollout(transaction, version)
    facts = fleet.observe(_watch(record))
    taken = step(record.plan, record.rollout, facts, fleet.now())
    changes = _changes(record, taken)
    if changes:
        transaction.append(_event(taken, changes, facts, fleet.now()))
    return taken


def _changes(record: RolloutRecord, taken: Step) -> tuple[RingChange, ...]:
    counted = {one.ring: one.counts for one in taken.records}
    return tuple(
        replace(change, counts=counted.get(change.status.name))
        for change in changes_between(record.rollout, taken.rollout)
    )


def _event(
    taken: Step, changes: tuple[RingChange, ...], facts: Facts, now: datetime
) -> RingDecided | RolloutHalted | RolloutTakenBack:
    version = taken.rollout.version
    if any(isinstance(action, TakeBack) for action in taken.actions):
        return RolloutHalted(
            version=version, fleet_time=now, changes=changes, reach=sum_reach(facts.counts.values())
        )
    if taken.rollout.phase is Phase.TAKEN_BACK:
        return RolloutTakenBack(version=version, fleet_time=now, changes=changes)
    return RingDecided(version=version, fleet_time=now, changes=changes)


def sum_reach(counts: Iterable[DeviceCounts]) -> Reach:
    """Return how far a build has come over all rings."""
    rings = tuple(counts)
    return Reach(
        offered=sum(ring.offered for ring in rings),
        in_flight=sum(ring.in_flight for ring in rings),
        updated=sum(ring.updated for ring in rings),
    )


def _open_next(
    workspace: Workspace, fleet: Fleet, policy: PolicyFound, version: str, taken: Step
) -> Promotion | None:
    for action in taken.actions:
        if isinstance(action, OpenRing):
            return promote(workspace, fleet, policy, version=version, ring=action.ring)
    return None


def _watch(record: RolloutRecord) -> Watch:
    return Watch(
        version=record.rollout.version,
        cohorts={ring.name: record.cohorts[ring.name] for ring in record.rollout.opened},
        silence_after=record.plan.silence_after,
    )


def _report_ring(record: RolloutRecord, name: str, facts: Facts, says: str) -> RingReport:
    status = next(ring for ring in record.rollout.rings if ring.name == name)
    counts = _final_counts(record, name) or facts.counts.get(name)
    rule, alpha = record.plan.find_ring(name).criterion, record.plan.alpha_per_ring
    return RingReport(
        name=name,
        state=status.state,
        opened_at=status.opened_at,
        says=says,
        counts=counts,
        standing=None if counts is None else measure_standing(counts, rule, alpha=alpha),
    )


def _final_counts(record: RolloutRecord, name: str) -> DeviceCounts | None:
    """Once devices leave the build, the counts that the last decision stood on are what tells."""
    if record.rollout.phase not in {Phase.HALTED, Phase.TAKEN_BACK, Phase.SUPERSEDED}:
        return None
    known = [one.counts for one in record.history if one.ring == name and one.counts is not None]
    return known[-1] if known else None


def _say_next(record: RolloutRecord, rings: tuple[RingReport, ...], facts: Facts) -> str:
    """Say who acts next, and on what."""
    version = record.rollout.version
    match record.rollout.phase:
        case Phase.COMPLETE:
            return f"nobody: {version} is in every ring"
        case Phase.HALTED:
            return _say_halted(record, facts)
        case Phase.TAKEN_BACK:
            return f"the firmware team: find out why {version} failed, and build a new version"
        case Phase.SUPERSEDED:
            return f"nobody: a newer build took the place of {version}"
        case Phase.HELD:
            held = next(ring for ring in rings if ring.state is RingState.HELD)
            return f"the release manager: ring {held.name} is held for lack of data: {held.says}"
        case Phase.GOING:
            return _say_going(rings)


def _say_halted(record: RolloutRecord, facts: Facts) -> str:
    in_flight = 0 if record.reach is None else record.reach.in_flight
    return (
        f"the firmware team: find out why; devices that answer and have the build go back at their"
        f" next polls: {facts.still_on_build:,} left ({in_flight:,} were installing at the halt)"
    )


def _say_going(rings: tuple[RingReport, ...]) -> str:
    for ring in rings:
        if ring.state in {RingState.ROLLING, RingState.SOAKING}:
            return f"nobody but the devices of ring {ring.name}: {ring.says}"
    waiting = next(ring for ring in rings if ring.state is RingState.PLANNED)
    return f"the next `fwrelease rollout step` asks the gate of ring {waiting.name}"


def _say_refused(refused: Refused) -> str:
    return f"ring {refused.ring} stays shut: {refused.gate.decision.headline}"
