"""Kinds: every type of event that this version knows, and the way from an entry to its rows."""

import json
from typing import Any

from fwrelease.errors import IntegrityFault
from fwrelease.interfaces import Entry, Event
from fwrelease.store import builds, decisions, evidence, rollouts
from fwrelease.store.chain import write_canonical
from fwrelease.store.kind import Change, Kind

# One line for each group of events; a group is a module with KINDS.
KINDS: tuple[Kind[Any], ...] = (
    *builds.KINDS,
    *evidence.KINDS,
    *decisions.KINDS,
    *rollouts.KINDS,
)
_BY_NAME = {kind.event.kind: kind for kind in KINDS}


def draft(event: Event, *, at: str, actor: str, key: str | None) -> Entry:
    """Return ``event`` as an entry that has no place in the chain yet."""
    kind = _BY_NAME[event.kind]
    body = write_canonical(kind.render(event))
    return Entry(
        sequence=0,
        at=at,
        actor=actor,
        kind=event.kind,
        version=kind.version,
        body=body,
        key=key,
        previous="",
        hash="",
    )


def read_event(entry: Entry) -> Event:
    """Return the event in ``entry``, its body brought up to the version of today.

    Raises:
        IntegrityFault: the kind or version is unknown, or the body is not one of this kind.
    """
    kind = _kind(entry)
    try:
        body = json.loads(entry.body)
        for version in range(entry.version, kind.version):
            body = kind.upcasts[version](body)
        event: Event = kind.parse(body)
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityFault(
            f"event {entry.sequence} ({entry.kind}) cannot be read: {error}",
            hint="`fwrelease audit verify` names what was changed",
        ) from error
    return event


def changes_of(entry: Entry) -> tuple[Change, ...]:
    """Return the rows that follow from ``entry``; pure, and the only source of such rows."""
    return _kind(entry).apply(read_event(entry), entry)


def digests_of(entry: Entry) -> tuple[str, ...]:
    """Return the digests of all that ``entry`` needs in the vault."""
    return _kind(entry).refers(read_event(entry))


def _kind(entry: Entry) -> Kind[Any]:
    kind = _BY_NAME.get(entry.kind)
    if kind is None or entry.version > kind.version:
        raise IntegrityFault(
            f"event {entry.sequence} is {entry.kind!r} version {entry.version}, which is unknown",
            hint="a newer fwrelease wrote it; use that version",
        )
    return kind
