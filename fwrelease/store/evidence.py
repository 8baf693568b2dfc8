"""Evidence in the ledger: which statements were accepted, for which image, signed by whom.

The statement itself is a file in the vault; the table holds what finds it and sorts it.
"""

import json
from dataclasses import dataclass, fields
from typing import ClassVar

from sqlalchemy import Column, Index, Table, Text

from fwrelease.interfaces import Entry, View
from fwrelease.store.kind import Body, Change, Insert, Kind
from fwrelease.store.schema import METADATA

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("image_sha256", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("board", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("finished", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("accepted_at", Text, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Index("evidence_of_build", "version"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAccepted:
    """A statement about a registered image was read, checked and kept.

    ``sha256`` is that of the file as it came, envelope included; ``says`` is ``passed``,
    ``failed`` or, for a campaign report, ``report``.
    """

    kind: ClassVar[str] = "evidence.accepted"
    sha256: str
    image_sha256: str
    version: str
    board: str
    revision: str
    suite: str
    says: str
    finished: str
    signed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedEvidence:
    """What was accepted, when, and by whom as claimed."""

    event: EvidenceAccepted
    at: str
    actor: str


def _render(event: EvidenceAccepted) -> Body:
    return {
        "sha256": event.sha256,
        "image_sha256": event.image_sha256,
        "version": event.version,
        "board": event.board,
        "revision": event.revision,
        "suite": event.suite,
        "says": event.says,
        "finished": event.finished,
        "signed_by": list(event.signed_by),
    }


def _parse(body: Body) -> EvidenceAccepted:
    return EvidenceAccepted(**{**body, "signed_by": tuple(body["signed_by"])})


def _apply(event: EvidenceAccepted, entry: Entry) -> tuple[Change, ...]:
    row = {
        **_render(event),
        "signed_by": json.dumps(event.signed_by),
        "accepted_at": entry.at,
        "accepted_by": entry.actor,
    }
    return (Insert(EVIDENCE, row),)


def _refers(event: EvidenceAccepted) -> tuple[str, ...]:
    return (event.sha256,)


KINDS = (
    Kind(
        event=EvidenceAccepted,
        version=1,
        render=_render,
        parse=_parse,
        apply=_apply,
        refers=_refers,
    ),
)


def list_evidence(view: View, *, version: str) -> tuple[AcceptedEvidence, ...]:
    """Return what was accepted for the images of build ``version``, oldest finish first."""
    names = tuple(field.name for field in fields(EvidenceAccepted))
    found = (
        AcceptedEvidence(
            event=_parse(
                {name: row[name] for name in names}
                | {"signed_by": json.loads(str(row["signed_by"]))}
            ),
            at=str(row["accepted_at"]),
            actor=str(row["accepted_by"]),
        )
        for row in view.rows(EVIDENCE, version=version)
    )
    return tuple(
        sorted(found, key=lambda accepted: (accepted.event.finished, accepted.event.sha256))
    )
