"""Rollouts in the ledger: how each ring came to where it stands, and what it stood on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from sqlalchemy import Column, Float, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from fwrelease.health.counts import DeviceCounts
from fwrelease.interfaces import Entry, Row
from fwrelease.rollout.cohort import Cohort
from fwrelease.rollout.document import parse_plan, plan_document
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.state import RingState, RingStatus
from fwrelease.store.chain import write_canonical, write_time
from fwrelease.store.kind import Body, Change, Insert, Kind, Put
from fwrelease.store.schema import METADATA

ROLLOUT = Table(
    "rollout",
    METADATA,
    Column("version", Text, ForeignKey("build.version"), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("started_by", Text, nullable=False),
)

RING = Table(
    "ring",
    METADATA,
    Column("version", Text, ForeignKey("rollout.version"), nullable=False),
    Column("ring", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("salt", Text, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    PrimaryKeyConstraint("version", "ring"),
)

RING_STATE = Table(
    "ring_state",
    METADATA,
    Column("version", Text, nullable=False),
    Column("ring", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Text),
    Column("says", Text, nullable=False),
    PrimaryKeyConstraint("version", "ring"),
)

RING_CHANGE = Table(
    "ring_change",
    METADATA,
    Column("sequence", Integer, nullable=False),
    Column("ring", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("counts", Text),
    Column("fleet_time", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    PrimaryKeyConstraint("sequence", "ring"),
)

REACH = Table(
    "rollout_reach",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("offered", Integer, nullable=False),
    Column("in_flight", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a build had come when it was halted; those ``in_flight`` will still install it."""

    offered: int
    in_flight: int
    updated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RingChange:
    """A ring in its new state, and the counts that this was decided on."""

    status: RingStatus
    counts: DeviceCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted:
    """A build got a plan, and each ring its devices; no ring is open yet."""

    kind: ClassVar[str] = "rollout.started"
    version: str
    plan: Plan
    cohorts: Mapping[str, Cohort]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutMoved:
    """Rings of a rollout changed their state; ``fleet_time`` is by the fleet's own clock."""

    version: str
    fleet_time: datetime
    changes: tuple[RingChange, ...]
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RingOpened(RolloutMoved):
    """A ring's gate passed: its devices are offered the build."""

    kind: ClassVar[str] = "ring.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingDecided(RolloutMoved):
    """What devices reported moved a ring on, or held it."""

    kind: ClassVar[str] = "ring.decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutHalted(RolloutMoved):
    """A ring failed: the build is offered to nobody any more, and devices go back."""

    kind: ClassVar[str] = "rollout.halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutTakenBack(RolloutMoved):
    """No device that answers has the halted build any more."""

    kind: ClassVar[str] = "rollout.taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSuperseded(RolloutMoved):
    """A newer rollout took its place."""

    kind: ClassVar[str] = "rollout.superseded"


def parse_status(row: Mapping[str, Any]) -> RingStatus:
    """Return a ring's state from a row or a body."""
    opened = row["opened_at"]
    return RingStatus(
        name=str(row["ring"]),
        state=RingState(row["state"]),
        opened_at=None if opened is None else datetime.fromisoformat(str(opened)),
        says=str(row["says"]),
    )


def parse_cohort(row: Mapping[str, Any]) -> Cohort:
    """Return a ring's cohort from a row or a body."""
    return Cohort(salt=str(row["salt"]), low=float(row["low"]), high=float(row["high"]))


def parse_reach(row: Mapping[str, Any]) -> Reach:
    """Return the reach of a build from a row or a body."""
    return Reach(
        offered=int(row["offered"]),
        in_flight=int(row["in_flight"]),
        updated=int(row["updated"]),
    )


def parse_counts(body: Mapping[str, Any]) -> DeviceCounts:
    """Return the counts of a ring from a row or a body."""
    critical = tuple((str(kind), int(number)) for kind, number in body["critical"])
    hours = float(body["device_hours"])
    return DeviceCounts(**{**body, "critical": critical, "device_hours": hours})


def _render_started(event: RolloutStarted) -> Body:
    return {
        "version": event.version,
        "plan": plan_document(event.plan),
        "cohorts": [{"ring": ring, **asdict(cohort)} for ring, cohort in event.cohorts.items()],
    }


def _parse_started(body: Body) -> RolloutStarted:
    return RolloutStarted(
        version=body["version"],
        plan=parse_plan(body["plan"], name=f"the plan of {body['version']}"),
        cohorts={cohort["ring"]: parse_cohort(cohort) for cohort in body["cohorts"]},
    )


def _apply_started(event: RolloutStarted, entry: Entry) -> tuple[Change, ...]:
    row: Row = {
        "version": event.version,
        "sequence": entry.sequence,
        "plan": write_canonical(plan_document(event.plan)),
        "started_at": entry.at,
        "started_by": entry.actor,
    }
    planned = [RingStatus(name=ring, state=RingState.PLANNED) for ring in event.cohorts]
    rings = (
        Insert(RING, _ring_row(event.version, ring, place, cohort))
        for place, (ring, cohort) in enumerate(event.cohorts.items())
    )
    states = (Insert(RING_STATE, _state_row(event.version, status)) for status in planned)
    return (Insert(ROLLOUT, row), *rings, *states)


def _ring_row(version: str, ring: str, place: int, cohort: Cohort) -> Row:
    return {"version": version, "ring": ring, "place": place, **asdict(cohort)}


def _render_moved(event: RolloutMoved) -> Body:
    return {
        "version": event.version,
        "fleet_time": write_time(event.fleet_time),
        "changes": [
            {
                "ring": change.status.name,
                "state": change.status.state.value,
                "opened_at": _write_opened(change.status),
                "says": change.status.says,
                "counts": None if change.counts is None else asdict(change.counts),
            }
            for change in event.changes
        ],
        "reach": None if event.reach is None else asdict(event.reach),
    }


def _parse_moved(body: Body, *, event: type[RolloutMoved]) -> RolloutMoved:
    return event(
        version=body["version"],
        fleet_time=datetime.fromisoformat(body["fleet_time"]),
        changes=tuple(
            RingChange(
                status=parse_status(change),
                counts=None if change["counts"] is None else parse_counts(change["counts"]),
            )
            for change in body["changes"]
        ),
        reach=None if body["reach"] is None else parse_reach(body["reach"]),
    )


def _apply_moved(event: RolloutMoved, entry: Entry) -> tuple[Change, ...]:
    states = [Put(RING_STATE, _state_row(event.version, one.status)) for one in event.changes]
    changes = [Insert(RING_CHANGE, _change_row(event, one, entry)) for one in event.changes]
    if event.reach is None:
        return (*states, *changes)
    reach: Row = {"version": event.version, **asdict(event.reach)}
    return (*states, *changes, Insert(REACH, reach))


def _state_row(version: str, status: RingStatus) -> Row:
    return {
        "version": version,
        "ring": status.name,
        "state": status.state.value,
        "opened_at": _write_opened(status),
        "says": status.says,
    }


def _change_row(event: RolloutMoved, change: RingChange, entry: Entry) -> Row:
    return {
        "sequence": entry.sequence,
        "ring": change.status.name,
        "version": event.version,
        "kind": entry.kind,
        "state": change.status.state.value,
        "says": change.status.says,
        "counts": None if change.counts is None else write_canonical(asdict(change.counts)),
        "fleet_time": write_time(event.fleet_time),
        "recorded_at": entry.at,
        "recorded_by": entry.actor,
    }


def _write_opened(status: RingStatus) -> str | None:
    return None if status.opened_at is None else write_time(status.opened_at)


_MOVES = (RingOpened, RingDecided, RolloutHalted, RolloutTakenBack, RolloutSuperseded)
KINDS: tuple[Kind[Any], ...] = (
    Kind(
        event=RolloutStarted,
        version=1,
        render=_render_started,
        parse=_parse_started,
        apply=_apply_started,
    ),
    *(
        Kind(
            event=move,
            version=1,
            render=_render_moved,
            parse=partial(_parse_moved, event=move),
            apply=_apply_moved,
        )
        for move in _MOVES
    ),
)
