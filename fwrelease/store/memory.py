"""Memory: the tables of current state as plain rows, folded from entries.

It answers ``--as-of`` and it is what ``audit verify`` compares the database with.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Table, UniqueConstraint

from fwrelease.errors import IntegrityFault
from fwrelease.interfaces import Cell, Entry, Head, Relation, Row
from fwrelease.store.chain import GENESIS
from fwrelease.store.kind import Change, Insert
from fwrelease.store.kinds import changes_of

Key = tuple[Cell, ...]


def key_of(table: Table, row: Row) -> Key:
    """Return the primary key of ``row``."""
    return tuple(row[column.name] for column in table.primary_key)


@dataclass(slots=True)
class MemoryTables:
    """Rows by table and primary key; a View of the ledger as the folded entries left it."""

    _rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    _head: Head = GENESIS

    def head(self) -> Head:
        """Return the newest entry that was folded in."""
        return self._head

    def rows(self, table: Relation, **where: Cell) -> tuple[Row, ...]:
        """Return the rows whose columns equal ``where``, in the order of the primary key."""
        kept = self._rows.get(table.name, {})
        return tuple(
            row
            for _, row in sorted(kept.items(), key=lambda item: _order(item[0]))
            if all(row[name] == value for name, value in where.items())
        )

    def fold(self, entry: Entry) -> None:
        """Take in one more entry.

        Raises:
            IntegrityFault: its rows collide with rows that are there.
        """
        for change in changes_of(entry):
            self._carry_out(change, entry)
        self._head = Head(sequence=entry.sequence, hash=entry.hash)

    def _carry_out(self, change: Change, entry: Entry) -> None:
        kept = self._rows.setdefault(change.table.name, {})
        key = key_of(change.table, change.row)
        if isinstance(change, Insert) and key in kept:
            self._refuse(change, entry)
        for names in _unique_columns(change.table):
            values = [change.row[name] for name in names]
            others = (row for other, row in kept.items() if other != key)
            if any([row[name] for name in names] == values for row in others):
                self._refuse(change, entry)
        kept[key] = change.row

    def _refuse(self, change: Change, entry: Entry) -> None:
        raise IntegrityFault(
            f"event {entry.sequence} ({entry.kind}) makes a second row in {change.table.name}",
            hint="two events claim the same thing; `fwrelease audit log` shows them",
        )


def _unique_columns(table: Table) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    )


def _order(key: Key) -> tuple[tuple[bool, float, str], ...]:
    """Sort as SQLite does: numbers by value, before texts by code point."""
    return tuple(
        (True, 0.0, cell) if isinstance(cell, str) else (False, float(cell or 0), "")
        for cell in key
    )


def fold(entries: Iterable[Entry]) -> MemoryTables:
    """Return the tables that follow from ``entries``."""
    tables = MemoryTables()
    for entry in entries:
        tables.fold(entry)
    return tables
