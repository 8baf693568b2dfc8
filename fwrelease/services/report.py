"""Report: gather all that a page on a workspace shows, as frozen values; changes nothing."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fwrelease.errors import IntegrityFault
from fwrelease.evidence.statement import Statement
from fwrelease.interfaces import Entry, Fleet, Head, View
from fwrelease.rollout.state import next_ring
from fwrelease.services.audit import Audit, verify
from fwrelease.services.evidence import read_statement
from fwrelease.services.rollout import RolloutReport, show_rollout
from fwrelease.services.workspace import Workspace
from fwrelease.store.builds import RegisteredBuild, list_builds, require_build
from fwrelease.store.decisions import DecisionRecorded
from fwrelease.store.evidence import AcceptedEvidence, list_evidence
from fwrelease.store.kinds import read_event
from fwrelease.store.ledger import Ledger
from fwrelease.store.rollout_record import find_rollout
from fwrelease.verdict import Verdict

_LAST_EVENTS = 20
_ABOUT = ("version", "context", "board", "revision", "suite", "verdict", "says")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Stands for a file of the vault that is gone or was changed; the page says so."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvidence:
    """What was accepted, and the statement itself."""

    accepted: AcceptedEvidence
    statement: Statement | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRequirement:
    """One requirement as it was answered; ``due`` is ISO 8601, or empty."""

    id: str
    verdict: Verdict
    says: str
    evidence: tuple[str, ...]
    owner: str
    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a gate answered, beyond its headline."""

    requirements: tuple[AskedRequirement, ...]
    would_change_if: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedGate:
    """A gate decision as the ledger has it; ``sequence`` is its event, times are ISO 8601."""

    sequence: int
    at: str
    actor: str
    version: str
    context: str
    verdict: Verdict
    headline: str
    as_of: str
    answer: Answer | Unreadable

    @property
    def may_enter(self) -> bool:
        """Whether the build was let in; every doubt says no."""
        return self.verdict <= Verdict.WAIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionReport:
    """One build with all that is known of it; ``gates`` in the order they were asked."""

    registered: RegisteredBuild
    evidence: tuple[ShownEvidence, ...]
    gates: tuple[AskedGate, ...]
    rollout: RolloutReport | None
    who_acts: str

    @property
    def version(self) -> str:
        """The name of the build."""
        return self.registered.build.version

    @property
    def last_asked(self) -> tuple[AskedGate, ...]:
        """The last answer for each context."""
        return tuple({gate.context: gate for gate in self.gates}.values())

    @property
    def furthest_ring(self) -> str:
        """The last ring whose devices were offered the build; empty before the first."""
        opened = self.rollout.record.rollout.opened if self.rollout else ()
        return opened[-1].name if opened else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One event of the ledger in a line."""

    sequence: int
    at: str
    actor: str
    kind: str
    about: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceReport:
    """A workspace at one head of its ledger; ``chosen`` are the versions shown in full."""

    versions: tuple[VersionReport, ...]
    chosen: tuple[VersionReport, ...]
    head: Head
    audit: Audit
    last_events: tuple[EventLine, ...]


def gather_report(
    workspace: Workspace, ledger: Ledger, fleet: Callable[[], Fleet], *, version: str | None
) -> WorkspaceReport:
    """Return what there is to show; with ``version`` only that build in full.

    ``fleet`` is called only if there is a rollout to show. A damaged file of the vault is shown as
    unreadable, beside what the audit says of it.

    Raises:
        UsageFault: there is no such build.
        IntegrityFault: an event of the ledger cannot be read.
    """
    audit = verify(workspace, ledger, since=None)
    with workspace.read() as view:
        if version is not None:
            require_build(view, version)
        head = view.head()
        builds = list_builds(view)
        evidence = {build.build.version: _list_shown(workspace, view, build) for build in builds}
        moving = {name for name in evidence if find_rollout(view, name)}
    entries = tuple(e for e in workspace.store.entries() if e.sequence <= head.sequence)
    gates = _list_gates(workspace, entries)
    seen = fleet() if moving else None
    versions = tuple(
        _show_version(
            build,
            evidence[build.build.version],
            tuple(gate for gate in gates if gate.version == build.build.version),
            show_rollout(workspace, seen, version=build.build.version)
            if seen is not None and build.build.version in moving
            else None,
        )
        for build in builds
    )
    return WorkspaceReport(
        versions=versions,
        chosen=tuple(one for one in versions if version in {None, one.version}),
        head=head,
        audit=audit,
        last_events=tuple(_say_event(entry) for entry in reversed(entries[-_LAST_EVENTS:])),
    )


def _show_version(
    registered: RegisteredBuild,
    evidence: tuple[ShownEvidence, ...],
    gates: tuple[AskedGate, ...],
    rollout: RolloutReport | None,
) -> VersionReport:
    return VersionReport(
        registered=registered,
        evidence=evidence,
        gates=gates,
        rollout=rollout,
        who_acts=_say_who_acts(registered.build.version, gates, rollout),
    )


def _say_who_acts(version: str, gates: tuple[AskedGate, ...], rollout: RolloutReport | None) -> str:
    last = {gate.context: gate for gate in gates}
    if rollout is not None:
        asked = last.get(f"ring:{next_ring(rollout.record.rollout)}")
        return asked.headline if asked and not asked.may_enter else rollout.next
    refusals = [gate for gate in last.values() if not gate.may_enter]
    if refusals:
        return max(refusals, key=lambda gate: gate.sequence).headline
    if last:
        return f"the release manager: `fwrelease promote {version}` opens its first ring"
    return f"the release manager: no gate was asked yet (`fwrelease gate check {version}`)"


def _list_shown(
    workspace: Workspace, view: View, build: RegisteredBuild
) -> tuple[ShownEvidence, ...]:
    return tuple(
        ShownEvidence(accepted=item, statement=_read(workspace, item.event.sha256))
        for item in list_evidence(view, version=build.build.version)
    )


def _read(workspace: Workspace, sha256: str) -> Statement | Unreadable:
    try:
        return read_statement(workspace.vault.get(sha256), name=f"evidence {sha256[:12]}")
    except IntegrityFault as fault:
        return Unreadable(says=fault.message)


def _list_gates(workspace: Workspace, entries: Iterable[Entry]) -> tuple[AskedGate, ...]:
    asked = ((entry, read_event(entry)) for entry in entries if entry.kind == DecisionRecorded.kind)
    return tuple(
        AskedGate(
            sequence=entry.sequence,
            at=entry.at,
            actor=entry.actor,
            version=event.version,
            context=event.context,
            verdict=Verdict[event.verdict.upper()],
            headline=event.headline,
            as_of=event.as_of,
            answer=_read_answer(workspace, event.decision_sha256),
        )
        for entry, event in asked
        if isinstance(event, DecisionRecorded)
    )


def _read_answer(workspace: Workspace, sha256: str) -> Answer | Unreadable:
    """Return the answer as it was given then, not as today's engine would give it."""
    try:
        return _parse_answer(json.loads(workspace.vault.get(sha256)))
    except IntegrityFault as fault:
        return Unreadable(says=fault.message)
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(says=f"the answer {sha256[:12]} is of another version: {error}")


def _parse_answer(document: Any) -> Answer:  # noqa: ANN401 - canonical JSON that gates/answer.py wrote
    return Answer(
        requirements=tuple(
            AskedRequirement(
                id=str(item["id"]),
                verdict=Verdict[item["verdict"].upper()],
                says=str(item["says"]),
                evidence=tuple(map(str, item["evidence"])),
                owner=str(item["owner"]),
                due=str(item["next_change_due"] or ""),
            )
            for item in document["requirements"]
        ),
        would_change_if=tuple(str(fact["says"]) for fact in document["would_change_if"]),
    )


def _say_event(entry: Entry) -> EventLine:
    body = json.loads(entry.body)
    about = [str(body[name]) for name in _ABOUT if body.get(name)]
    about += [f"{change['ring']} {change['state']}" for change in body.get("changes", ())]
    return EventLine(
        sequence=entry.sequence,
        at=entry.at,
        actor=entry.actor,
        kind=entry.kind,
        about=" · ".join(about),
        hash=entry.hash,
    )
