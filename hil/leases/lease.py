"""Lease: exclusive use of a rig by a running process, as a kernel lock with a record beside it.

The lock is the truth and dies with the last process that holds its descriptor; the record only
says who, why and since when. Locks are keyed by the physical identity of each resource of a rig,
never by its name, so that two inventories cannot share a port.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hil.errors import RigBusy

_ATTEMPTS = 5  # somebody who only looks takes the lock for an instant
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a rig: the user, the process, why, and since when (UTC, ISO 8601)."""

    rig: str
    user: str
    pid: int
    why: str
    since: str

    def sentence(self) -> str:
        """Return the holder as people name it."""
        return f"{self.user} (process {self.pid}: {self.why}, since {self.since})"


class Lease:
    """Held locks. ``descriptors`` may be passed to children, which then hold them too."""

    def __init__(self, rig: str, descriptors: Sequence[int], stack: ExitStack) -> None:
        self.rig = rig
        self.descriptors = tuple(descriptors)
        self._stack = stack

    def release(self) -> None:
        """Give the rig back; children that were passed the descriptors still hold it."""
        self._stack.close()


def acquire(identities: Sequence[str], holder: Holder, *, folder: Path) -> Lease:
    """Take all locks of one rig, or none.

    Raises:
        RigBusy: one of them is held, and by whom.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        descriptors = [
            _lock(_path(folder, identity), holder, stack) for identity in sorted(identities)
        ]
        return Lease(holder.rig, descriptors, stack.pop_all())


def find_holder(identities: Sequence[str], *, folder: Path) -> Holder | None:
    """Return who holds one of the locks of a rig, or None while it is free."""
    for identity in identities:
        path = _path(folder, identity)
        if path.exists():
            with ExitStack() as stack:
                descriptor = _open(path, stack)
                if not _try_lock(descriptor):
                    return _read_holder(path)
    return None


def _path(folder: Path, identity: str) -> Path:
    return folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.lock"


def _lock(path: Path, holder: Holder, stack: ExitStack) -> int:
    from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed  # noqa: PLC0415

    descriptor = _open(path, stack)
    attempts = Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_fixed(_PAUSE_S),
        retry=retry_if_result(lambda got: not got),
        retry_error_callback=lambda _: False,
    )
    if not attempts(_try_lock, descriptor):
        found = _read_holder(path)
        raise RigBusy(holder.rig, found.sentence() if found else "a process that left no record")
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
    return descriptor


def _open(path: Path, stack: ExitStack) -> int:
    # Not O_CREAT first: Linux refuses that on another user's file in a sticky folder.
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with suppress(PermissionError):
            path.chmod(0o666)
    stack.callback(os.close, descriptor)
    return descriptor


def _try_lock(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 (absent on Windows, where this module must still import)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # the holder is just writing it
