"""Promote: open a build's next ring, if the ring's gate lets it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fwrelease.errors import UsageFault
from fwrelease.gates.policy import PolicyFound
from fwrelease.interfaces import Fleet, Transaction, View
from fwrelease.rollout.cohort import Cohort, draw_cohorts, is_member
from fwrelease.rollout.decision import supersede
from fwrelease.rollout.document import parse_plan
from fwrelease.rollout.lint import lint_plan
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.state import (
    Phase,
    RingState,
    RingStatus,
    Rollout,
    next_ring,
    open_ring,
    plan_rollout,
)
from fwrelease.services.fleet import sync_offers
from fwrelease.services.gate import RecordedDecision, check_gate
from fwrelease.services.workspace import Workspace
from fwrelease.store.builds import require_build
from fwrelease.store.rollout_record import find_rollout, list_rollouts
from fwrelease.store.rollouts import (
    RingChange,
    RingOpened,
    RolloutStarted,
    RolloutSuperseded,
)
from fwrelease.verdict import Verdict

PLAN = "rollout.yaml"
_LIVE = frozenset({Phase.GOING, Phase.HELD, Phase.COMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The ring is open: its ``devices`` are offered the build when they next poll."""

    version: str
    ring: str
    devices: int
    gate: RecordedDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyOpen:
    """The ring was open before; nothing was changed."""

    version: str
    ring: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The ring's gate did not let the build in; nothing was changed."""

    version: str
    ring: str
    gate: RecordedDecision


Promotion = Opened | AlreadyOpen | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A rollout as it is or would begin, before its next ring opens."""

    rollout: Rollout
    plan: Plan
    cohorts: Mapping[str, Cohort]


def promote(
    workspace: Workspace, fleet: Fleet, policy: PolicyFound, *, version: str, ring: str | None
) -> Promotion:
    """Open ``ring``, or the next one, for ``version``; the first one begins the rollout.

    The event is recorded first and the fleet told afterwards: killed in between, the next command
    tells it.

    Raises:
        UsageFault: it is not this ring's turn, or the plan does not fit the fleet.
    """
    with workspace.read() as view:
        require_build(view, version)
        prepared = prepare(workspace, view, fleet, version)
    name = ring or _choose_ring(prepared.rollout)
    if _is_open(prepared.rollout, name):
        return AlreadyOpen(version=version, ring=name)
    open_ring(prepared.rollout, name, at=fleet.now())  # refuses what is out of order, asks nobody
    gate = check_gate(workspace, policy, version=version, context=f"ring:{name}")
    if gate.decision.verdict > Verdict.WAIVED:
        return Refused(version=version, ring=name, gate=gate)
    with workspace.write() as transaction:
        _record_open(transaction, workspace, fleet, version=version, ring=name)
    with workspace.read() as view:
        sync_offers(view, fleet)
    devices = _count_members(fleet, prepared.cohorts[name])
    return Opened(version=version, ring=name, devices=devices, gate=gate)


def prepare(workspace: Workspace, view: View, fleet: Fleet, version: str) -> Prepared:
    """Return the rollout of ``version``, or the one that the plan in the workspace begins.

    Raises:
        UsageFault: there is no plan, or it has mistakes or does not fit the fleet.
    """
    known = find_rollout(view, version)
    if known is not None:
        return Prepared(rollout=known.rollout, plan=known.plan, cohorts=known.cohorts)
    plan = read_plan(workspace.root / PLAN)
    places = fleet.places(plan.salt)
    drawn = draw_cohorts(plan.rings, places, salt=plan.salt)
    sizes = [sum(is_member(place, cohort) for place in places) for cohort in drawn]
    if complaints := lint_plan(plan, sizes):
        raise UsageFault(
            f"{PLAN} does not fit a fleet of {len(places):,} devices: {'; '.join(complaints)}",
            hint="change the ring's size, margin_rate or min_devices",
        )
    names = [ring.name for ring in plan.rings]
    cohorts = dict(zip(names, drawn, strict=True))
    return Prepared(rollout=plan_rollout(version, plan), plan=plan, cohorts=cohorts)


def read_plan(file: Path) -> Plan:
    """Return the plan in a rollout.yaml.

    Raises:
        UsageFault: there is none, or it has mistakes.
    """
    import yaml  # noqa: PLC0415  only the first ring of a rollout reads it

    try:
        return parse_plan(yaml.safe_load(file.read_text(encoding="utf-8")), name=str(file))
    except OSError as error:
        raise UsageFault(
            f"{file}: {error.strerror}", hint="`fwrelease init` writes one to start from"
        ) from error
    except yaml.YAMLError as error:
        raise UsageFault(f"{file} is no YAML: {error}", hint="mend the line it names") from error


def _choose_ring(rollout: Rollout) -> str:
    name = next_ring(rollout)
    if name is not None:
        return name
    last = next(
        (ring for ring in rollout.rings if ring.state is not RingState.PASSED), rollout.rings[-1]
    )
    raise UsageFault(
        f"{rollout.version} has no ring to open: ring {last.name} is {last.state.value}",
        hint=f"`fwrelease rollout status {rollout.version}` says what it waits for",
    )


def _is_open(rollout: Rollout, name: str) -> bool:
    return rollout.phase in _LIVE and any(ring.name == name for ring in rollout.opened)


def _record_open(
    transaction: Transaction, workspace: Workspace, fleet: Fleet, *, version: str, ring: str
) -> None:
    """Decide again on what the ledger says now: another command may have been faster."""
    prepared = prepare(workspace, transaction, fleet, version)
    opened = open_ring(prepared.rollout, ring, at=fleet.now())
    if find_rollout(transaction, version) is None:
        _supersede_others(transaction, fleet, by=version)
        transaction.append(
            RolloutStarted(version=version, plan=prepared.plan, cohorts=prepared.cohorts)
        )
    transaction.append(
        RingOpened(
            version=version,
            fleet_time=fleet.now(),
            changes=changes_between(prepared.rollout, opened),
        )
    )


def _supersede_others(transaction: Transaction, fleet: Fleet, *, by: str) -> None:
    for record in list_rollouts(transaction):
        changes = changes_between(record.rollout, supersede(record.rollout, by=by))
        if changes:
            transaction.append(
                RolloutSuperseded(
                    version=record.rollout.version, fleet_time=fleet.now(), changes=changes
                )
            )


def changes_between(before: Rollout, after: Rollout) -> tuple[RingChange, ...]:
    """Return the rings whose state differs, as they are after."""
    return tuple(
        RingChange(status=now)
        for then, now in zip(before.rings, after.rings, strict=True)
        if _differs(then, now)
    )


def _differs(before: RingStatus, after: RingStatus) -> bool:
    return (before.state, before.opened_at) != (after.state, after.opened_at)


def _count_members(fleet: Fleet, cohort: Cohort) -> int:
    return sum(is_member(place, cohort) for place in fleet.places(cohort.salt))
