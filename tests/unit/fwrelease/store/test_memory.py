"""Tables in memory."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

from fwrelease.interfaces import Row
from fwrelease.store.memory import MemoryTables, key_of

NUMBERED = Table("numbered", MetaData(), Column("id", Integer, primary_key=True))
PAIRED = Table(
    "paired",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
)


def test_rows_are_sorted_as_a_database_sorts_them() -> None:
    numbers = MemoryTables({"numbered": {(number,): {"id": number} for number in (10, 9, -1)}})
    assert [row["id"] for row in numbers.rows(NUMBERED)] == [-1, 9, 10]
    rows: list[Row] = [
        {"name": name, "number": number} for name, number in (("b", 1), ("a", 10), ("a", 9))
    ]
    pairs = MemoryTables({"paired": {key_of(PAIRED, row): row for row in rows}})
    assert [row["number"] for row in pairs.rows(PAIRED)] == [9, 10, 1]


def test_a_table_that_nothing_was_written_to_is_empty() -> None:
    assert MemoryTables().rows(NUMBERED) == ()
