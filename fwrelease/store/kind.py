"""Kind: one type of event, how its body is written and read, and the rows that follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import Table

from fwrelease.interfaces import Entry, Row

E = TypeVar("E")
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row; one with the same key, or the same value of a unique column, is an error."""

    table: Table
    row: Row


@dataclass(frozen=True, slots=True)
class Put:
    """A whole row that takes the place of the one with the same primary key, if there is one."""

    table: Table
    row: Row


Change = Insert | Put


def refer_to_nothing(_event: object) -> tuple[str, ...]:
    """Return no digest: this kind of event keeps nothing in the vault."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[E]):
    """What the ledger must know of one type of event.

    ``apply`` is pure; ``refers`` returns the digests of all that the event needs in the vault;
    ``upcasts[n]`` makes a body of version n into one of version n + 1.
    """

    event: type[E]
    version: int
    render: Callable[[E], Body]
    parse: Callable[[Body], E]
    apply: Callable[[E, Entry], tuple[Change, ...]]
    refers: Callable[[E], tuple[str, ...]] = refer_to_nothing
    upcasts: Mapping[int, Callable[[Body], Body]] = field(default_factory=dict)
