"""Audit: does the ledger still say what was written? Every finding names what was changed.

The chain shows any change of an event, the fold any change of a row, the head row and the head
file a loss at the end. Whoever can write all files can forge all of them together; against that
stands a hash kept elsewhere, such as in a receipt (``audit verify --since``).
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from fwrelease.errors import ReleaseFault
from fwrelease.interfaces import Entry, Head
from fwrelease.store.chain import GENESIS, hash_entry
from fwrelease.store.database import transact
from fwrelease.store.head_file import read_head
from fwrelease.store.kinds import digests_of
from fwrelease.store.ledger import HEAD_FILE, Ledger, SqlView, list_entries
from fwrelease.store.memory import MemoryTables, key_of
from fwrelease.store.schema import state_tables

HEAD_ROW = "the head row"


class Part(enum.StrEnum):
    """Where a finding lies."""

    EVENT = "event"
    TABLE = "table"
    HEAD = "head"
    VAULT = "vault"
    DATABASE = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that does not hold; ``name`` is the event, row or file."""

    part: Part
    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedLedger:
    """What was found, at which head, and the digests that the vault must have."""

    findings: tuple[AuditFinding, ...]
    head: Head
    digests: tuple[str, ...]


def audit_ledger(ledger: Ledger, *, since: str | None) -> AuditedLedger:
    """Check the chain, every row, and both heads; ``since`` is a hash that must be in the chain."""
    anchor = read_head(ledger.directory / HEAD_FILE)  # before the database: it may lag, never lead
    try:
        with transact(ledger.engine, "DEFERRED") as connection:
            return _audit(connection, anchor, since)
    except ReleaseFault as fault:
        finding = AuditFinding(part=Part.DATABASE, name="ledger.db", says=fault.message)
        return AuditedLedger(findings=(finding,), head=GENESIS, digests=())


def _audit(connection: Connection, anchor: Head | None, since: str | None) -> AuditedLedger:
    entries, view = list_entries(connection), SqlView(connection)
    findings = [
        *check_file(connection),
        *check_chain(entries),
        *check_heads(entries, recorded=view.head(), anchor=anchor),
        *check_rows(entries, view),
    ]
    if since and since not in {entry.hash for entry in entries}:
        says = "no event has this hash: what it vouched for was changed or removed"
        findings.append(AuditFinding(part=Part.HEAD, name=since, says=says))
    last = entries[-1] if entries else None
    return AuditedLedger(
        findings=tuple(findings),
        head=Head(sequence=last.sequence, hash=last.hash) if last else GENESIS,
        digests=tuple(dict.fromkeys(list_digests(entries))),
    )


def check_file(connection: Connection) -> Iterator[AuditFinding]:
    """Yield what SQLite itself says of its file: damaged pages, indexes that miss rows."""
    for (says,) in connection.execute(text("PRAGMA integrity_check(10)")):
        if says != "ok":
            yield AuditFinding(part=Part.DATABASE, name="ledger.db", says=str(says))


def check_chain(entries: Iterable[Entry]) -> Iterator[AuditFinding]:
    """Yield every event that is not what its hash says, or not where the one before it says."""
    previous = GENESIS
    for entry in entries:
        name = f"event {entry.sequence}"
        if entry.sequence != previous.sequence + 1:
            says = f"comes after event {previous.sequence}: what lay between was removed"
            yield AuditFinding(part=Part.EVENT, name=name, says=says)
        if hash_entry(entry) != entry.hash:
            says = f"{entry.kind} of {entry.at} was changed: its content does not match its hash"
            yield AuditFinding(part=Part.EVENT, name=name, says=says)
        if entry.previous != previous.hash:
            says = f"does not follow event {previous.sequence}: one was changed, moved or removed"
            yield AuditFinding(part=Part.EVENT, name=name, says=says)
        previous = Head(sequence=entry.sequence, hash=entry.hash)


def check_heads(
    entries: tuple[Entry, ...], *, recorded: Head, anchor: Head | None
) -> Iterator[AuditFinding]:
    """Yield what the two copies of the head know of events that are no longer there."""
    hashes = {0: GENESIS.hash} | {entry.sequence: entry.hash for entry in entries}
    last = max(hashes)
    if (recorded.sequence, recorded.hash) != (last, hashes[last]):
        yield _lost(recorded, last, where=HEAD_ROW)
    if anchor is None:
        says = "is not there or cannot be read: an event removed at the end would not be seen"
        yield AuditFinding(part=Part.HEAD, name=HEAD_FILE, says=says)
    elif hashes.get(anchor.sequence) != anchor.hash:
        yield _lost(anchor, last, where=HEAD_FILE)


def check_rows(entries: Iterable[Entry], view: SqlView) -> Iterator[AuditFinding]:
    """Yield every row that differs from what the events fold to, and events that do not fold."""
    tables = MemoryTables()
    for entry in entries:
        try:
            tables.fold(entry)
        except ReleaseFault as fault:
            yield AuditFinding(part=Part.EVENT, name=f"event {entry.sequence}", says=fault.message)
    for table in state_tables():
        wanted = {key_of(table, row): row for row in tables.rows(table)}
        found = {key_of(table, row): row for row in view.rows(table)}
        for key in dict.fromkeys((*wanted, *found)):
            if wanted.get(key) != found.get(key):
                name = f"{table.name} {' '.join(map(str, key))}"
                says = _say_difference(dict(wanted.get(key, {})), dict(found.get(key, {})))
                yield AuditFinding(part=Part.TABLE, name=name, says=says)


def list_digests(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the digests of all that the events need in the vault, as far as they can be read."""
    for entry in entries:
        try:
            yield from digests_of(entry)
        except ReleaseFault:
            continue


def _lost(head: Head, last: int, *, where: str) -> AuditFinding:
    says = f"knows event {head.sequence} under another hash than the ledger"
    if head.sequence > last:
        says = (
            f"knows of events up to {head.sequence}, the ledger ends at {last}: some were removed"
        )
    elif where == HEAD_ROW:
        says = (
            f"ends at event {head.sequence}, the ledger at {last}: one of them was changed by hand"
        )
    return AuditFinding(part=Part.HEAD, name=where, says=says)


def _say_difference(wanted: dict[str, object], found: dict[str, object]) -> str:
    if not found:
        return "is not there, although the events say so"
    if not wanted:
        return "is there, although no event says so"
    changed = (
        f"{name} is {found[name]!r}, the events say {wanted[name]!r}"
        for name in wanted
        if wanted[name] != found[name]
    )
    return "; ".join(changed)
