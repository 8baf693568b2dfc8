"""Rollout record: what the ledger holds of one rollout, read back into values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fwrelease.errors import UsageFault
from fwrelease.health.counts import DeviceCounts
from fwrelease.interfaces import Row, View
from fwrelease.rollout.cohort import Cohort
from fwrelease.rollout.document import parse_plan
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.state import RingState, Rollout
from fwrelease.store.rollouts import (
    REACH,
    RING,
    RING_CHANGE,
    RING_STATE,
    ROLLOUT,
    Reach,
    parse_cohort,
    parse_counts,
    parse_reach,
    parse_status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
    """One line of a rollout's history; times are ISO 8601."""

    sequence: int
    kind: str
    ring: str
    state: RingState
    says: str
    counts: DeviceCounts | None
    fleet_time: str
    at: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRecord:
    """A rollout with all that is recorded of it, its history oldest first."""

    rollout: Rollout
    plan: Plan
    cohorts: Mapping[str, Cohort]
    started_at: str
    started_by: str
    reach: Reach | None
    history: tuple[RecordedChange, ...]


def find_rollout(view: View, version: str) -> RolloutRecord | None:
    """Return the rollout of ``version``, or None."""
    rows = view.rows(ROLLOUT, version=version)
    return _read(view, rows[0]) if rows else None


def list_rollouts(view: View) -> tuple[RolloutRecord, ...]:
    """Return all rollouts, the oldest first."""
    rows = sorted(view.rows(ROLLOUT), key=lambda row: int(row["sequence"] or 0))
    return tuple(_read(view, row) for row in rows)


def require_rollout(view: View, version: str | None) -> RolloutRecord:
    """Return the rollout of ``version``, or the newest one when None is asked for.

    Raises:
        UsageFault: there is none.
    """
    known = list_rollouts(view)
    fitting = [one for one in known if version in {None, one.rollout.version}]
    if not fitting:
        names = ", ".join(one.rollout.version for one in known) or "none"
        raise UsageFault(
            f"there is no rollout of {version or 'any build'} (known: {names})",
            hint="`fwrelease promote VERSION` opens the first ring",
        )
    return fitting[-1]


def _read(view: View, row: Row) -> RolloutRecord:
    version = str(row["version"])
    rings = sorted(view.rows(RING, version=version), key=lambda ring: int(ring["place"] or 0))
    states = {str(state["ring"]): state for state in view.rows(RING_STATE, version=version)}
    reach = view.rows(REACH, version=version)
    statuses = tuple(parse_status(states[str(ring["ring"])]) for ring in rings)
    return RolloutRecord(
        rollout=Rollout(version=version, rings=statuses),
        plan=parse_plan(json.loads(str(row["plan"])), name=f"the plan of {version}"),
        cohorts={str(ring["ring"]): parse_cohort(ring) for ring in rings},
        started_at=str(row["started_at"]),
        started_by=str(row["started_by"]),
        reach=parse_reach(reach[0]) if reach else None,
        history=tuple(map(_read_change, view.rows(RING_CHANGE, version=version))),
    )


def _read_change(row: Mapping[str, Any]) -> RecordedChange:
    counts = row["counts"]
    return RecordedChange(
        sequence=int(row["sequence"]),
        kind=str(row["kind"]),
        ring=str(row["ring"]),
        state=RingState(row["state"]),
        says=str(row["says"]),
        counts=None if counts is None else parse_counts(json.loads(str(counts))),
        fleet_time=str(row["fleet_time"]),
        at=str(row["recorded_at"]),
        actor=str(row["recorded_by"]),
    )
