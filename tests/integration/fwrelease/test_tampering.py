"""Whatever is changed behind the program's back is found and named."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.release import Shop, a_shop, an_evidence

Tamper = Callable[[Shop], object]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = a_shop(tmp_path)
    shop.add_build("1.1.0")
    shop.add_evidence(an_evidence(revision="a"), an_evidence(revision="b"))
    shop.run("gate", "check", "1.1.0", "--context", "ring:canary")
    assert shop.run("audit", "verify").code == 0
    return shop


def sql(*statements: str) -> Tamper:
    def tamper(shop: Shop) -> None:
        with closing(sqlite3.connect(shop.root / "ledger.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return tamper


def vault_file(shop: Shop) -> Path:
    return next(path for path in sorted((shop.root / "vault").rglob("*")) if path.is_file())


def change_vault_file(shop: Shop) -> None:
    path = vault_file(shop)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


def change_a_byte_of_the_database(shop: Shop) -> None:
    path = shop.root / "ledger.db"
    data = path.read_bytes()
    at = data.index(b'{"artifacts":[{"board":"nano') + 27
    path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])


def point_head_row_back(shop: Shop) -> None:
    entry = shop.ask("audit", "log")["events"][-2]
    sql(
        "DELETE FROM event WHERE sequence = (SELECT max(sequence) FROM event)",
        f"UPDATE head SET sequence = {entry['sequence']}, hash = '{entry['hash']}'",
        "DELETE FROM decision",
    )(shop)


SWAP = (
    "UPDATE event SET sequence = -2 WHERE sequence = 2",
    "UPDATE event SET sequence = 2 WHERE sequence = 3",
    "UPDATE event SET sequence = 3 WHERE sequence = -2",
)
TAMPERINGS: dict[str, tuple[Tamper, str, str]] = {
    "body": (
        sql("UPDATE event SET body = replace(body, 'smoke', 'smoky') WHERE sequence = 2"),
        "event",
        "event 2",
    ),
    "whitespace in a body": (
        sql("UPDATE event SET body = body || ' ' WHERE sequence = 1"),
        "event",
        "event 1",
    ),
    "time": (sql("UPDATE event SET at = '2020' WHERE sequence = 3"), "event", "event 3"),
    "a hash": (
        sql("UPDATE event SET hash = 'deadbeef' || substr(hash, 9) WHERE sequence = 2"),
        "event",
        "event 2",
    ),
    "a byte of the file": (change_a_byte_of_the_database, "event", "event 1"),
    "a row": (
        sql("UPDATE artifact SET size_bytes = 1 WHERE revision = 'a'"),
        "table",
        "artifact 1.1.0 nano-v2 a",
    ),
    "a row removed": (sql("DELETE FROM decision"), "table", "decision"),
    "a row added": (
        sql("INSERT INTO build VALUES ('9.9.9', 'p', 'c', 't', 'me')"),
        "table",
        "build 9.9.9",
    ),
    "two events swapped": (sql(*SWAP), "event", "event 2"),
    "an event in the middle removed": (
        sql("DELETE FROM event WHERE sequence = 2"),
        "event",
        "event 3",
    ),
    "the last event removed": (
        sql("DELETE FROM event WHERE sequence = (SELECT max(sequence) FROM event)"),
        "head",
        "the head row",
    ),
    "the last event, its rows and the head row": (point_head_row_back, "head", "ledger.head"),
    "the head row": (sql("DELETE FROM head"), "head", "the head row"),
    "the head file": (
        lambda shop: (shop.root / "ledger.head").unlink(),
        "head",
        "ledger.head",
    ),
    "a vault file": (change_vault_file, "vault", "vault/"),
    "a vault file removed": (lambda shop: vault_file(shop).unlink(), "vault", "vault/"),
    "the database cut short": (
        lambda shop: (shop.root / "ledger.db").write_bytes(b"SQLite format 3\0"),
        "database",
        "ledger.db",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_found_and_named(shop: Shop, name: str) -> None:
    tamper, part, named = TAMPERINGS[name]
    tamper(shop)
    ran = shop.run("audit", "verify", "--format", "json")
    assert ran.code == 1, ran.err
    found = [(item["part"], item["name"]) for item in ran.document["findings"]]
    assert any(where == part and what.startswith(named) for where, what in found), found
    assert not ran.document["holds"]
    text = shop.run("audit", "verify")
    assert text.code == 1
    assert named in text.out


def test_a_forged_ledger_is_unmasked_by_a_head_that_was_kept(shop: Shop, tmp_path: Path) -> None:
    kept = shop.head()
    assert shop.run("audit", "verify", "--since", kept).code == 0
    forged = a_shop(tmp_path / "forged")
    forged.add_build("1.1.0", payload=b"forged")
    assert forged.run("audit", "verify").code == 0
    ran = forged.run("audit", "verify", "--since", kept)
    assert ran.code == 1
    assert "what it vouched for was changed or removed" in ran.out


def test_a_head_file_that_lags_behind_is_what_a_crash_leaves_and_no_finding(shop: Shop) -> None:
    path = shop.root / "ledger.head"
    old = path.read_text()
    shop.run("gate", "check", "1.1.0", "--context", "ring:next")
    assert json.loads(path.read_text()) != json.loads(old)
    path.write_text(old)
    assert shop.run("audit", "verify").code == 0


def test_a_gate_refuses_to_decide_from_a_statement_that_was_changed(shop: Shop) -> None:
    sha256 = shop.ask("build", "show", "1.1.0")["evidence"][0]["sha256"]
    (shop.root / "vault" / sha256[:2] / sha256[2:]).write_text("{}")
    ran = shop.run("gate", "check", "1.1.0", "--context", "ring:canary")
    assert ran.code == 3
    assert "its bytes were changed" in ran.err
