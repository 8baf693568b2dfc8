"""Chain: every event carries the hash of the one before it, so that none can change unseen.

The hash of an entry is SHA-256 over the canonical JSON (RFC 8785) of all its other fields. The
body goes in as the text that is stored: a body that means the same in other bytes is a change.
"""

import hashlib
from datetime import UTC, datetime

import rfc8785

from fwrelease.errors import UsageFault
from fwrelease.interfaces import Entry, Head
from fwrelease.store.kind import Body

GENESIS = Head(sequence=0, hash="0" * 64)


def write_canonical(body: Body) -> str:
    """Return ``body`` as canonical JSON text (RFC 8785).

    Raises:
        UsageFault: a text in it is not Unicode, or a number is beyond what JSON holds exactly.
    """
    try:
        return rfc8785.dumps(dict(body)).decode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise UsageFault(
            f"this cannot be recorded: {error}",
            hint="use plain Unicode text, and whole numbers below 2**53",
        ) from error


def write_time(moment: datetime) -> str:
    """Return ``moment`` as the ledger writes it: UTC, microseconds, and so sortable as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def hash_entry(entry: Entry) -> str:
    """Return the hash that ``entry`` should carry."""
    fields: Body = {
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": entry.actor,
        "kind": entry.kind,
        "version": entry.version,
        "body": entry.body,
        "key": entry.key,
        "previous": entry.previous,
    }
    return hashlib.sha256(write_canonical(fields).encode()).hexdigest()


def link(entry: Entry, head: Head) -> Entry:
    """Return ``entry`` as the one that follows ``head``: numbered, linked and hashed."""
    fields = {name: getattr(entry, name) for name in ("at", "actor", "kind", "version", "body")}
    linked = Entry(**fields, key=entry.key, sequence=head.sequence + 1, previous=head.hash, hash="")
    return Entry(
        **fields,
        key=linked.key,
        sequence=linked.sequence,
        previous=linked.previous,
        hash=hash_entry(linked),
    )


def check_repeat(known: Entry, again: Entry) -> Entry:
    """Return the entry that ``again`` repeats under the same idempotency key.

    Raises:
        UsageFault: the key is known, but what it stands for is something else.
    """
    if (known.kind, known.body) == (again.kind, again.body):
        return known
    raise UsageFault(
        f"{known.key} is already recorded, with other content (event {known.sequence})",
        hint="what is recorded never changes; `fwrelease audit log` shows it",
    )
