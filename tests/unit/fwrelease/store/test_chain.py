"""Entries of the ledger."""

import pytest

from fwrelease.errors import UsageFault
from fwrelease.store.chain import write_canonical


def test_equal_bodies_are_equal_texts() -> None:
    assert write_canonical({"b": 1, "a": "é"}) == write_canonical({"a": "é", "b": 1})


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf"), 2**53])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(UsageFault, match="cannot be recorded"):
        write_canonical({"value": value})
