"""The way from an entry to its event."""

from dataclasses import replace

import pytest

from fwrelease.errors import IntegrityFault
from fwrelease.store.builds import BuildRegistered
from fwrelease.store.chain import GENESIS, link
from fwrelease.store.kinds import KINDS, changes_of, draft, read_event
from fwrelease.store.memory import fold
from tests.support.release import a_build

EVENT = BuildRegistered(build=a_build())
ENTRY = link(draft(EVENT, at="t", actor="ana", key=None), GENESIS)


def test_an_event_reads_back_from_its_entry() -> None:
    assert read_event(ENTRY) == EVENT
    assert changes_of(ENTRY)


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.event.kind for kind in KINDS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ENTRY, kind="unheard.of"),
        replace(ENTRY, version=99),
        replace(ENTRY, body="{"),
        replace(ENTRY, body="[]"),
        replace(ENTRY, body="{}"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(changed: object) -> None:
    with pytest.raises(IntegrityFault, match="event 1"):
        read_event(changed)  # type: ignore[arg-type]


def test_two_events_that_claim_the_same_row_do_not_fold() -> None:
    with pytest.raises(IntegrityFault, match="makes a second row in build"):
        fold([ENTRY, replace(ENTRY, sequence=2)])
