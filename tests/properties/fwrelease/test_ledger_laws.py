"""The laws of the ledger, whatever is written to it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from fwrelease.builds.build import Artifact, Build
from fwrelease.interfaces import Entry, Event, Head
from fwrelease.store.audit import check_chain
from fwrelease.store.builds import BuildRegistered
from fwrelease.store.chain import GENESIS, link
from fwrelease.store.decisions import DecisionRecorded
from fwrelease.store.evidence import EvidenceAccepted
from fwrelease.store.kinds import changes_of, draft, read_event
from fwrelease.store.ledger import create_ledger, open_ledger
from fwrelease.store.memory import fold
from fwrelease.store.schema import state_tables
from tests.support.release import NOON

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
digests = st.integers(0, 15).map(lambda number: f"{number:x}" * 64)
versions = st.sampled_from(("1.0.0", "1.1.0", "1.2.0"))
artifacts = st.builds(
    Artifact,
    board=texts,
    revisions=st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(sorted).map(tuple),
    sha256=digests,
    size_bytes=st.integers(1, 2**31),
    build_id=texts,
)
builds = st.builds(
    Build,
    version=versions,
    product=texts,
    commit=texts,
    artifacts=st.lists(
        artifacts,
        min_size=1,
        max_size=3,
        unique_by=(lambda item: item.board, lambda item: item.sha256),
    ).map(lambda items: tuple(sorted(items))),
)
names = st.lists(st.sampled_from(("lab", "qa", "émile")), unique=True).map(tuple)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(BuildRegistered, build=builds),
    st.builds(
        EvidenceAccepted,
        sha256=digests,
        image_sha256=digests,
        version=versions,
        board=texts,
        revision=texts,
        suite=texts,
        says=texts,
        finished=texts,
        signed_by=names,
    ),
    st.builds(
        DecisionRecorded,
        version=versions,
        context=texts,
        verdict=texts,
        headline=texts,
        as_of=texts,
        inputs_sha256=digests,
        decision_sha256=digests,
        engine_version=st.integers(1, 3),
    ),
)


def row_keys(event: Event) -> set[tuple[str, ...]]:
    entry = link(draft(event, at="t", actor="ana", key=None), GENESIS)
    return {
        (change.table.name, *(str(change.row[column.name]) for column in change.table.primary_key))
        for change in changes_of(entry)
    }


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Draw events that claim no row twice, evidence after builds."""
    taken: set[tuple[str, ...]] = set()
    history = []
    for event in draw(st.lists(events, max_size=8)):
        keys = row_keys(event)
        if not keys & taken:
            taken |= keys
            history.append(event)
    return history


def chain_of(history: list[Event]) -> list[Entry]:
    entries: list[Entry] = []
    head = GENESIS
    for event in history:
        entry = link(draft(event, at="t", actor="ana", key=None), head)
        head = Head(sequence=entry.sequence, hash=entry.hash)
        entries.append(entry)
    return entries


@given(event=events)
def test_every_event_reads_back_as_it_was_written(event: Event) -> None:
    assert read_event(draft(event, at="t", actor="ana", key=None)) == event


@settings(deadline=None, max_examples=40)
@given(history=histories())
def test_folding_all_events_again_gives_the_live_tables(history: list[Event]) -> None:
    with TemporaryDirectory() as directory:
        create_ledger(Path(directory))
        ledger = open_ledger(Path(directory))
        for event in history:
            with ledger.write(at=NOON, actor="ana") as transaction:
                transaction.append(event)
        folded = fold(ledger.entries())
        with ledger.read() as view:
            assert view.head() == folded.head()
            for table in state_tables():
                assert view.rows(table) == folded.rows(table)


@given(history=histories(), data=st.data())
def test_any_changed_byte_of_an_event_breaks_the_chain(
    history: list[Event], data: st.DataObject
) -> None:
    entries = chain_of(history)
    assert not list(check_chain(entries))
    if not entries:
        return
    index = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(("at", "actor", "kind", "body", "previous", "hash")))
    text = getattr(entries[index], name)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(texts.filter(lambda letter: letter[0] != text[place]))
    changed = text[:place] + other[0] + text[place + 1 :]
    forged = replace(entries[index], **{name: changed})
    findings = list(check_chain([*entries[:index], forged, *entries[index + 1 :]]))
    assert any(finding.name == f"event {forged.sequence}" for finding in findings)


@given(history=histories(), data=st.data())
def test_events_that_changed_places_or_went_missing_break_the_chain(
    history: list[Event], data: st.DataObject
) -> None:
    entries = chain_of(history)
    if len(entries) < 2:
        return
    index = data.draw(st.integers(0, len(entries) - 2))
    swapped = [*entries[:index], entries[index + 1], entries[index], *entries[index + 2 :]]
    assert list(check_chain(swapped))
    assert list(check_chain([*entries[:index], *entries[index + 1 :]]))
