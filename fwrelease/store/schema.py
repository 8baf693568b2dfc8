"""Schema: the two tables of the ledger itself; each group of events brings its own beside them."""

from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, Text

METADATA = MetaData()

EVENT = Table(
    "event",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
)

HEAD = Table(
    "head",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)


def state_tables() -> tuple[Table, ...]:
    """Return the tables of current state: those that events fold into."""
    return tuple(table for table in METADATA.sorted_tables if table not in {EVENT, HEAD})
