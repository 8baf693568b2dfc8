"""Ledger: the store in one SQLite file, one writer at a time, every act an event."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, select
from sqlalchemy.dialects.sqlite import insert

from fwrelease.errors import UsageFault
from fwrelease.interfaces import Cell, Entry, Event, Head, Relation, Row, View
from fwrelease.store.chain import GENESIS, check_repeat, link, write_time
from fwrelease.store.database import connect, create, transact
from fwrelease.store.head_file import write_head
from fwrelease.store.kind import Change, Insert
from fwrelease.store.kinds import changes_of, draft
from fwrelease.store.memory import fold
from fwrelease.store.place import check_place
from fwrelease.store.schema import EVENT, HEAD, METADATA

DATABASE, HEAD_FILE = "ledger.db", "ledger.head"
_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True, slots=True)
class SqlView:
    """What the database says within one transaction."""

    connection: Connection

    def head(self) -> Head:
        """Return the newest event."""
        row = self.connection.execute(select(HEAD)).mappings().one_or_none()
        return Head(sequence=row["sequence"], hash=row["hash"]) if row else GENESIS

    def rows(self, table: Relation, **where: Cell) -> tuple[Row, ...]:
        """Return the rows whose columns equal ``where``, in the order of the primary key."""
        real = METADATA.tables[table.name]
        query: Select[tuple[Cell, ...]] = select(real).order_by(*real.primary_key)
        for name, value in where.items():
            query = query.where(real.c[name].is_not_distinct_from(value))
        return tuple(dict(row) for row in self.connection.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class SqlTransaction(SqlView):
    """The one writer's view."""

    at: str
    actor: str

    def append(self, event: Event, *, key: str | None = None) -> Entry:
        """Add ``event`` and its rows; the same ``key`` and body again change nothing.

        Raises:
            UsageFault: ``key`` was used with another body.
        """
        new = draft(event, at=self.at, actor=self.actor, key=key)
        known = self.find_key(key) if key else None
        if known is not None:
            return check_repeat(known, new)
        entry = link(new, self.head())
        self.connection.execute(insert(EVENT).values(_row_of(entry)))
        for change in changes_of(entry):
            self._carry_out(change)
        self._move_head(entry)
        return entry

    def find_key(self, key: str) -> Entry | None:
        """Return the entry recorded under an idempotency key, or None."""
        query = select(EVENT).where(EVENT.c.key == key)
        row = self.connection.execute(query).mappings().one_or_none()
        return Entry(**row) if row else None

    def _carry_out(self, change: Change) -> None:
        statement = insert(change.table).values(dict(change.row))
        if not isinstance(change, Insert):
            keys = list(change.table.primary_key)
            statement = statement.on_conflict_do_update(index_elements=keys, set_=dict(change.row))
        self.connection.execute(statement)

    def _move_head(self, entry: Entry) -> None:
        row = {"id": 1, "sequence": entry.sequence, "hash": entry.hash}
        statement = insert(HEAD).values(row)
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=[HEAD.c.id], set_=row)
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """The store of one workspace; see the Store protocol for what it promises."""

    engine: Engine
    directory: Path

    @contextmanager
    def read(self) -> Iterator[View]:
        """Look at one moment."""
        with transact(self.engine, "DEFERRED") as connection:
            yield SqlView(connection)

    @contextmanager
    def write(self, *, at: datetime, actor: str) -> Iterator[SqlTransaction]:
        """Be the one writer; leaving without an error commits, an error rolls back."""
        with transact(self.engine, "IMMEDIATE") as connection:
            transaction = SqlTransaction(connection, write_time(at), actor)
            before = transaction.head()
            yield transaction
            after = transaction.head()
        if after != before:
            write_head(self.directory / HEAD_FILE, after)

    def entries(self) -> tuple[Entry, ...]:
        """Return every event, oldest first."""
        with transact(self.engine, "DEFERRED") as connection:
            return list_entries(connection)

    def as_of(self, moment: datetime) -> View:
        """Return what the ledger said at ``moment``: the events up to it, folded again."""
        until = write_time(moment)
        return fold(entry for entry in self.entries() if entry.at <= until)


def list_entries(connection: Connection) -> tuple[Entry, ...]:
    """Return every event that the database holds, in the order of its numbers."""
    rows = connection.execute(select(EVENT).order_by(EVENT.c.sequence)).mappings()
    return tuple(Entry(**row) for row in rows)


def open_ledger(directory: Path) -> Ledger:
    """Open the ledger of the workspace in ``directory``.

    Raises:
        UsageFault: there is none, or it lies on a network file system.
    """
    path = directory / DATABASE
    if not path.is_file():
        raise UsageFault(
            f"{directory} is not a workspace: it has no {DATABASE}",
            hint="`fwrelease init DIR` makes one; `-w DIR` or FWRELEASE_WORKSPACE names it",
        )
    check_place(directory)
    return Ledger(connect(path), directory)


def create_ledger(directory: Path) -> None:
    """Make an empty ledger in ``directory``; it appears whole or not at all.

    Raises:
        UsageFault: ``directory`` lies on a network file system.
    """
    check_place(directory)
    unfinished = directory / f"{DATABASE}.new"
    unfinished.unlink(missing_ok=True)
    METADATA.create_all(create(unfinished))
    write_head(directory / HEAD_FILE, GENESIS)
    unfinished.replace(directory / DATABASE)


def _row_of(entry: Entry) -> dict[str, Cell]:
    return {name: getattr(entry, name) for name in _FIELDS}
