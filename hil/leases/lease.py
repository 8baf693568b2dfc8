"""Lease: exclusive use of a rig by a running process, as a kernel lock with a record beside it.

The lock is the truth and dies with the last process that holds its descriptor; the record only
says who, why and since when. Locks are keyed by the physical identity of each resource of a rig,
never by its name, so that two inventories cannot share a port.
"""

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from hil.errors import RigBusy
from hil.leases.record import open_record, path_of, try_lock

_ATTEMPTS = 5  # somebody who only looks takes the lock for an instant
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a rig: the user, the process, why, and since when (UTC, ISO 8601).

    ``expected_s`` is how long they mean to need it, 0 where they did not say; past it a lease is
    overdue and goes on. ``job`` names the CI job that the process is part of, or is empty.
    """

    rig: str
    user: str
    pid: int
    why: str
    since: str
    expected_s: float = 0.0
    job: str = ""

    def sentence(self) -> str:
        """Return the holder as people name it."""
        job = f" in {self.job}" if self.job else ""
        return f"{self.user} (process {self.pid}: {self.why}{job}, since {self.since})"

    def overdue_s(self, now: datetime) -> float:
        """Return by how many seconds the holder is past its time, 0 while it is not."""
        if not self.expected_s:
            return 0.0
        return max(
            0.0, (now - datetime.fromisoformat(self.since)).total_seconds() - self.expected_s
        )


_UNKNOWN = Holder(rig="?", user="somebody", pid=0, why="it left no record", since="?")


class Lease:
    """Held locks. ``descriptors`` may be passed to children, which then hold them too."""

    def __init__(self, rig: str, descriptors: Sequence[int], stack: ExitStack) -> None:
        self.rig = rig
        self.descriptors = tuple(descriptors)
        self._stack = stack
        self.held = True

    def release(self) -> None:
        """Give the rig back; children that were passed the descriptors still hold it."""
        self.held = False
        self._stack.close()


def acquire(identities: Sequence[str], holder: Holder, *, folder: Path) -> Lease:
    """Take all locks of one rig, or none.

    Raises:
        RigBusy: one of them is held, and by whom.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        descriptors = [
            _lock(path_of(folder, identity, "lock"), holder, stack)
            for identity in sorted(identities)
        ]
        return Lease(holder.rig, descriptors, stack.pop_all())


def find_holder(identities: Sequence[str], *, folder: Path) -> Holder | None:
    """Return who holds one of the locks of a rig, or None while it is free."""
    for identity in identities:
        path = path_of(folder, identity, "lock")
        if path.exists():
            with ExitStack() as stack:
                descriptor = open_record(path, stack)
                if not try_lock(descriptor):
                    return _read_holder(path) or _UNKNOWN
    return None


def _lock(path: Path, holder: Holder, stack: ExitStack) -> int:
    from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed  # noqa: PLC0415

    descriptor = open_record(path, stack)
    attempts = Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_fixed(_PAUSE_S),
        retry=retry_if_result(lambda got: not got),
        retry_error_callback=lambda _: False,
    )
    if not attempts(try_lock, descriptor):
        found = _read_holder(path)
        raise RigBusy(holder.rig, (found or _UNKNOWN).sentence())
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
    return descriptor


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # the holder is just writing it
