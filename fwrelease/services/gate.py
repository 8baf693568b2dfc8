"""Gate: ask whether a build may enter a context, record the answer, and have it again."""

import json
from dataclasses import dataclass
from datetime import datetime

from fwrelease.errors import UsageFault
from fwrelease.evidence.statement import CampaignReport, Evidence, Statement
from fwrelease.gates.answer import render_decision, write_decision
from fwrelease.gates.gate import Decision, decide
from fwrelease.gates.inputs import Exhibit, FailedCase, GateInputs, Measured, Report
from fwrelease.gates.policy import PolicyFound, ask
from fwrelease.gates.record import read_inputs, write_inputs
from fwrelease.interfaces import Head, View
from fwrelease.services.evidence import read_statement
from fwrelease.services.workspace import Workspace
from fwrelease.store.builds import require_build
from fwrelease.store.decisions import DecisionRecorded, list_decisions
from fwrelease.store.evidence import AcceptedEvidence, list_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision and the head of the ledger that vouches for it."""

    decision: Decision
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A decision made again: the same bytes, or the difference and which engine made which."""

    decision: Decision
    recorded_engine: int
    differences: tuple[str, ...]


def gather(
    workspace: Workspace,
    view: View,
    policy: PolicyFound,
    *,
    version: str,
    context: str,
    now: datetime,
) -> GateInputs:
    """Return all that the answer may depend on, as ``view`` shows it at ``now``.

    Raises:
        UsageFault: the build is not registered.
        IntegrityFault: a statement in the vault was changed.
    """
    registered = require_build(view, version)
    accepted = list_evidence(view, version=version)
    read = [(item, _read(workspace, item)) for item in accepted]
    return GateInputs(
        context=context,
        now=now,
        build=registered.build,
        registered_at=datetime.fromisoformat(registered.at),
        demand=ask(policy, context),
        exhibits=tuple(
            _exhibit(item, statement) for item, statement in read if isinstance(statement, Evidence)
        ),
        reports=tuple(
            _report(item, statement)
            for item, statement in read
            if isinstance(statement, CampaignReport)
        ),
    )


def check_gate(
    workspace: Workspace,
    policy: PolicyFound,
    *,
    version: str,
    context: str,
    as_of: datetime | None = None,
) -> RecordedDecision:
    """Ask the gate and record its answer; the same inputs again are the same record.

    ``as_of`` asks what the answer was then: with the evidence of then, under the policy of today.

    Raises:
        UsageFault: the build is not registered.
    """
    now = as_of or workspace.clock.now()
    if as_of is None:
        with workspace.read() as view:
            inputs = gather(workspace, view, policy, version=version, context=context, now=now)
    else:
        then = workspace.store.as_of(as_of)
        inputs = gather(workspace, then, policy, version=version, context=context, now=now)
    return record_decision(workspace, inputs, decide(inputs))


def record_decision(
    workspace: Workspace, inputs: GateInputs, decision: Decision
) -> RecordedDecision:
    """Keep a decision and its inputs, and return it with the event that vouches for it."""
    inputs_sha256 = workspace.vault.put(write_inputs(inputs))
    event = DecisionRecorded(
        version=decision.version,
        context=decision.context,
        verdict=decision.verdict.word,
        headline=decision.headline,
        as_of=render_decision(decision)["as_of"],
        inputs_sha256=inputs_sha256,
        decision_sha256=workspace.vault.put(write_decision(decision)),
        engine_version=decision.engine_version,
    )
    key = f"decision:{inputs_sha256}:{decision.engine_version}"
    with workspace.write() as transaction:
        entry = transaction.append(event, key=key)
    return RecordedDecision(decision=decision, head=Head(sequence=entry.sequence, hash=entry.hash))


def replay_decision(workspace: Workspace, inputs_sha256: str) -> Replay:
    """Decide again from recorded inputs and compare with what was answered then.

    Raises:
        UsageFault: no decision was made from these inputs.
        IntegrityFault: the inputs or the answer in the vault were changed.
    """
    with workspace.read() as view:
        found = list_decisions(view, inputs_sha256=inputs_sha256)
    if not found:
        raise UsageFault(
            f"no decision was recorded from inputs {inputs_sha256[:12]}…",
            hint="`gate check --format json` prints inputs_sha256; give all 64 digits",
        )
    recorded = found[-1]
    then = workspace.vault.get(recorded.decision_sha256)
    decision = decide(read_inputs(workspace.vault.get(inputs_sha256)))
    return Replay(
        decision=decision,
        recorded_engine=recorded.engine_version,
        differences=_compare(then, write_decision(decision)),
    )


def _compare(then: bytes, now: bytes) -> tuple[str, ...]:
    """Return how two answers differ, field by field; nothing if they are the same bytes."""
    if then == now:
        return ()
    old, new = json.loads(then), json.loads(now)
    names = sorted(old.keys() | new.keys())
    return tuple(
        f"{name}: {json.dumps(old.get(name))} → {json.dumps(new.get(name))}"
        for name in names
        if old.get(name) != new.get(name)
    )


def _read(workspace: Workspace, item: AcceptedEvidence) -> Statement:
    sha256 = item.event.sha256
    return read_statement(workspace.vault.get(sha256), name=f"evidence {sha256[:12]}")


def _exhibit(item: AcceptedEvidence, statement: Evidence) -> Exhibit:
    return Exhibit(
        sha256=item.event.sha256,
        image_sha256=statement.sha256,
        board=statement.board,
        revision=statement.revision,
        suite=statement.suite,
        result=statement.result,
        proof=statement.proof,
        finished=statement.finished,
        failed=tuple(
            FailedCase(case=case.case, layer=case.layer)
            for case in statement.cases
            if case.verdict != "passed"
        ),
        measured=tuple(
            Measured(name=name, values=values)
            for name, values in sorted(statement.measurements.items())
        ),
        signed_by=item.event.signed_by,
    )


def _report(item: AcceptedEvidence, statement: CampaignReport) -> Report:
    layers = [case.layer for case in statement.cases if case.verdict != "passed"]
    return Report(
        sha256=item.event.sha256,
        image_sha256=statement.sha256,
        board=statement.board,
        revision=statement.revision,
        suite=statement.suite,
        verdict=statement.verdict,
        layer=layers[0] if layers else "",
        headline=statement.headline,
        finished=statement.finished,
    )
