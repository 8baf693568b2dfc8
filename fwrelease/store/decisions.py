"""Decisions in the ledger: what a gate answered, and the digests from which it can be replayed."""

from dataclasses import dataclass, fields
from typing import ClassVar

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table, Text

from fwrelease.interfaces import Entry, View
from fwrelease.store.kind import Body, Change, Insert, Kind
from fwrelease.store.schema import METADATA

DECISION = Table(
    "decision",
    METADATA,
    Column("inputs_sha256", Text, nullable=False),
    Column("engine_version", Integer, nullable=False),
    Column("decision_sha256", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    PrimaryKeyConstraint("inputs_sha256", "engine_version"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecorded:
    """A gate answered; its inputs and the whole answer are in the vault under their digests."""

    kind: ClassVar[str] = "decision.recorded"
    version: str
    context: str
    verdict: str
    headline: str
    as_of: str
    inputs_sha256: str
    decision_sha256: str
    engine_version: int


def _render(event: DecisionRecorded) -> Body:
    return {
        "version": event.version,
        "context": event.context,
        "verdict": event.verdict,
        "headline": event.headline,
        "as_of": event.as_of,
        "inputs_sha256": event.inputs_sha256,
        "decision_sha256": event.decision_sha256,
        "engine_version": event.engine_version,
    }


def _parse(body: Body) -> DecisionRecorded:
    return DecisionRecorded(**body)


def _apply(event: DecisionRecorded, entry: Entry) -> tuple[Change, ...]:
    row = {**_render(event), "decided_at": entry.at, "decided_by": entry.actor}
    return (Insert(DECISION, row),)


def _refers(event: DecisionRecorded) -> tuple[str, ...]:
    return (event.inputs_sha256, event.decision_sha256)


KINDS = (
    Kind(
        event=DecisionRecorded,
        version=1,
        render=_render,
        parse=_parse,
        apply=_apply,
        refers=_refers,
    ),
)


def list_decisions(view: View, *, inputs_sha256: str) -> tuple[DecisionRecorded, ...]:
    """Return what was decided from these inputs, by the oldest engine first."""
    names = tuple(field.name for field in fields(DecisionRecorded))
    rows = view.rows(DECISION, inputs_sha256=inputs_sha256)
    return tuple(_parse({name: row[name] for name in names}) for row in rows)
