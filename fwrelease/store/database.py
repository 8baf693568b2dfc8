"""Database: how SQLite is opened, so that a commit is durable and only one writer is let in."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from fwrelease.errors import BackendFault, IntegrityFault, ReleaseFault

WAIT_FOR_WRITER_S = 30.0


def connect(path: Path) -> Engine:
    """Return an engine for the SQLite file at ``path``; a file that is not there is an error."""
    uri = f"{path.resolve().as_uri()}?mode=rw"
    engine = create_engine("sqlite://", creator=lambda: _open(uri), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def create(path: Path) -> Engine:
    """Return an engine for a new, empty SQLite file at ``path``, in WAL mode."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return connect(path)


@contextmanager
def transact(engine: Engine, mode: str) -> Iterator[Connection]:
    """Run one transaction; ``mode`` is DEFERRED to read, IMMEDIATE to be the one writer.

    Raises:
        BackendFault: another writer held the ledger for too long, or the disk failed.
        IntegrityFault: the file is damaged.
    """
    try:
        with engine.connect().execution_options(begin=mode) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise _translate(error) from error


def _open(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=WAIT_FOR_WRITER_S, isolation_level=None, check_same_thread=False
    )
    # A damaged byte must reach the audit as a changed text, not as an error without a place.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _translate(error: DBAPIError) -> ReleaseFault:
    reason = str(error.orig)
    if "locked" in reason or "busy" in reason:
        return BackendFault(
            f"another program has been writing to the ledger for {WAIT_FOR_WRITER_S:g} s",
            hint="wait for it, or end it; nothing was changed",
        )
    if "malformed" in reason or "not a database" in reason:
        return IntegrityFault(
            f"the ledger's file is damaged: {reason}",
            hint="restore it from a copy; `fwrelease audit verify` says what still holds",
        )
    return BackendFault(f"the ledger: {reason}", hint="nothing was changed; mend that and repeat")
