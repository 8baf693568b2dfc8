"""What every Store and every Vault promises; run over the real ones and those that tests use."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.interfaces import Store, Transaction, Vault
from fwrelease.store.builds import (
    ARTIFACT,
    BuildRegistered,
    find_artifact,
    find_build,
    list_builds,
    require_build,
)
from fwrelease.store.chain import GENESIS
from fwrelease.store.decisions import DecisionRecorded, list_decisions
from fwrelease.store.evidence import EvidenceAccepted, list_evidence
from fwrelease.store.ledger import create_ledger, open_ledger
from fwrelease.vault import FileVault
from tests.support.release import DAY, NOON, MemoryStore, MemoryVault, a_build, digest_of

REGISTERED = BuildRegistered(build=a_build("nano-v2", "micro-v1"))


def real_store(directory: Path) -> Store:
    create_ledger(directory)
    return open_ledger(directory)


@pytest.fixture(params=[real_store, lambda _: MemoryStore()], ids=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    make: Callable[[Path], Store] = request.param
    return make(tmp_path)


@pytest.fixture(params=[FileVault, lambda _: MemoryVault()], ids=["files", "memory"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    make: Callable[[Path], Vault] = request.param
    return make(tmp_path)


def register(store: Store, *, key: str | None = "build:1.1.0") -> None:
    with store.write(at=NOON, actor="ana") as transaction:
        transaction.append(REGISTERED, key=key)


def accepted(name: str, **changes: str) -> EvidenceAccepted:
    fields = {"version": "1.1.0", "board": "nano-v2", "revision": "b", "suite": "smoke"}
    return EvidenceAccepted(
        **{**fields, "says": "passed", "finished": NOON.isoformat(), **changes},
        sha256=digest_of(name.encode()),
        image_sha256=digest_of(b"nano-v2"),
        signed_by=("lab", "qa"),
    )


def test_a_new_store_is_empty_and_its_head_is_the_beginning(store: Store) -> None:
    with store.read() as view:
        assert view.head() == GENESIS
        assert list_builds(view) == ()
    assert store.entries() == ()


def test_what_was_appended_is_read_back(store: Store) -> None:
    register(store)
    with store.read() as view:
        found = require_build(view, "1.1.0")
        assert (found.build, found.actor) == (REGISTERED.build, "ana")
        assert find_build(view, "9.9.9") is None
        assert find_artifact(view, digest_of(b"nano-v2")) == (
            "1.1.0",
            REGISTERED.build.artifacts[1],
        )
        assert find_artifact(view, "0" * 64) is None
        assert view.head().sequence == 1
        assert view.head().hash == store.entries()[0].hash


def test_a_writer_sees_what_it_appended(store: Store) -> None:
    with store.write(at=NOON, actor="ana") as transaction:
        assert find_build(transaction, "1.1.0") is None
        entry = transaction.append(REGISTERED)
        assert find_build(transaction, "1.1.0") is not None
        assert transaction.head().hash == entry.hash


def test_an_error_inside_leaves_everything_as_it_was(store: Store) -> None:
    def fail_half_way(transaction: Transaction) -> None:
        transaction.append(REGISTERED)
        raise UsageFault("no", hint="never mind")

    with pytest.raises(UsageFault), store.write(at=NOON, actor="ana") as transaction:
        fail_half_way(transaction)
    assert store.entries() == ()
    with store.read() as view:
        assert list_builds(view) == ()


def test_the_same_key_and_body_again_is_the_first_entry(store: Store) -> None:
    register(store)
    with store.write(at=NOON + DAY, actor="ben") as transaction:
        entry = transaction.append(REGISTERED, key="build:1.1.0")
    assert (entry,) == store.entries()
    assert entry.actor == "ana"


def test_the_same_key_with_another_body_is_refused(store: Store) -> None:
    register(store)
    other = BuildRegistered(build=a_build("nano-v9"))
    with (
        pytest.raises(UsageFault, match="already recorded, with other content"),
        store.write(at=NOON, actor="ana") as transaction,
    ):
        transaction.append(other, key="build:1.1.0")
    assert len(store.entries()) == 1


def test_entries_are_numbered_and_linked(store: Store) -> None:
    register(store)
    with store.write(at=NOON, actor="ana") as transaction:
        transaction.append(accepted("one"))
        transaction.append(accepted("two"))
    entries = store.entries()
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:2]]


def test_rows_come_in_the_order_of_their_key_and_are_chosen_by_column(store: Store) -> None:
    register(store)
    with store.read() as view:
        places = [(row["board"], row["revision"]) for row in view.rows(ARTIFACT)]
        assert places == sorted(places)
        assert len(view.rows(ARTIFACT, board="nano-v2")) == 2
        assert view.rows(ARTIFACT, board="nano-v2", revision="z") == ()


def test_evidence_and_decisions_are_found_by_what_they_are_about(store: Store) -> None:
    register(store)
    older = accepted("older", finished=(NOON - DAY).isoformat())
    decision = DecisionRecorded(
        version="1.1.0",
        context="ring:canary",
        verdict="passed",
        headline="yes",
        as_of="t",
        inputs_sha256="1" * 64,
        decision_sha256="2" * 64,
        engine_version=1,
    )
    with store.write(at=NOON, actor="ana") as transaction:
        for event in (accepted("newer"), older, accepted("x", version="2.0.0"), decision):
            transaction.append(event)
    with store.read() as view:
        found = [item.event for item in list_evidence(view, version="1.1.0")]
        assert found == [older, accepted("newer")]
        assert list_decisions(view, inputs_sha256="1" * 64) == (decision,)


def test_an_earlier_moment_shows_what_was_known_then(store: Store) -> None:
    register(store)
    with store.write(at=NOON + DAY, actor="ana") as transaction:
        transaction.append(accepted("late"))
    assert list_evidence(store.as_of(NOON), version="1.1.0") == ()
    assert len(list_evidence(store.as_of(NOON + DAY), version="1.1.0")) == 1
    assert list_builds(store.as_of(NOON - timedelta(microseconds=1))) == ()


def test_a_vault_gives_back_what_was_put_under_its_digest(vault: Vault) -> None:
    for data in (b"", b"image", b"image"):
        assert vault.put(data) == digest_of(data)
        assert vault.get(digest_of(data)) == data


def test_a_vault_says_what_it_does_not_have(vault: Vault) -> None:
    with pytest.raises(IntegrityFault):
        vault.get("0" * 64)
