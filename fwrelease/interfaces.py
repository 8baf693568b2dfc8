"""What the release side needs of the world, as Protocols; implementations inherit nothing."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from fwrelease.evidence.envelope import Envelope
from fwrelease.rollout.decision import Facts
from fwrelease.rollout.offer import Offer, Watch

Cell = str | int | float | None
Row = Mapping[str, Cell]


class Clock(Protocol):
    """Tells the time; only the composition root owns a real one."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class Vault(Protocol):
    """Keeps bytes by their SHA-256: images, statements, canonical inputs."""

    def put(self, data: bytes) -> str:
        """Keep ``data`` durably and return its digest in lower-case hex; twice is once."""
        ...

    def get(self, sha256: str) -> bytes:
        """Return the bytes whose digest is ``sha256``.

        Raises:
            IntegrityFault: they are not there, or are no longer the bytes that were put.
        """
        ...


class Verifier(Protocol):
    """Knows public keys by name."""

    def verify(self, envelope: Envelope) -> tuple[str, ...]:
        """Return the names of the known keys that signed ``envelope``, each once, sorted."""
        ...


class Event(Protocol):
    """Something that happened; ``kind`` is the name of its type in the ledger."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest event: how many there are, and the hash that stands for all of them."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event as the ledger keeps it; ``at`` is ISO 8601 in UTC, ``body`` canonical JSON."""

    sequence: int
    at: str
    actor: str
    kind: str
    version: int
    body: str
    key: str | None
    previous: str
    hash: str


class Relation(Protocol):
    """A table of current state, by its name."""

    @property
    def name(self) -> str:
        """The name of the table."""
        ...


class View(Protocol):
    """What the ledger says at one moment."""

    def head(self) -> Head:
        """Return the newest event of this view."""
        ...

    def rows(self, table: Relation, **where: Cell) -> tuple[Row, ...]:
        """Return the rows whose columns equal ``where``, in the order of the primary key."""
        ...


class Transaction(View, Protocol):
    """A view that one writer may add to; nothing of it is kept unless all of it is."""

    def append(self, event: Event, *, key: str | None = None) -> Entry:
        """Add ``event`` and its rows; the same ``key`` and body again change nothing.

        Raises:
            UsageFault: ``key`` was used with another body.
        """
        ...


class Store(Protocol):
    """The ledger: events in a chain, and the tables that follow from them."""

    def read(self) -> AbstractContextManager[View]:
        """Look at one moment."""
        ...

    def write(self, *, at: datetime, actor: str) -> AbstractContextManager[Transaction]:
        """Be the one writer; leaving without an error commits, an error rolls back."""
        ...

    def entries(self) -> tuple[Entry, ...]:
        """Return every event, oldest first."""
        ...

    def as_of(self, moment: datetime) -> View:
        """Return what the ledger said at ``moment``: the events up to it, folded again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How many devices last reported each version, and how many have gone silent."""

    now: datetime
    devices: int
    running: tuple[tuple[str, int], ...]
    silent: int


class Fleet(Protocol):
    """Devices in the field, as their server sees them; it has a clock of its own."""

    def now(self) -> datetime:
        """Return the fleet's time, aware, in UTC."""
        ...

    def places(self, salt: str) -> Sequence[float]:
        """Return the position of every device (:func:`fwrelease.rollout.cohort.position`)."""
        ...

    def offer(self, offers: Sequence[Offer]) -> None:
        """Make ``offers`` all that is offered; of two to one device the later counts.

        A device in none of them goes back to the fleet's baseline. The same offers twice are once.
        """
        ...

    def observe(self, watch: Watch) -> Facts:
        """Return the counts of each ring of ``watch``, from what devices reported up to now."""
        ...

    def census(self) -> Census:
        """Return what the whole fleet runs."""
        ...
