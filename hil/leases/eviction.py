"""Eviction: ending the process that holds a rig, first by asking it, then by force.

Only a process that is seen to have the lock's file open is signalled: a recorded number alone may
by now be another process, or one of another container.
"""

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hil.errors import RigFault, UsageFault
from hil.leases.lease import Holder, find_holder
from hil.leases.record import path_of

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, in seconds, a holder may take to end when asked, and after it was killed.

    Asked, a campaign closes its evidence and leaves its rigs as the inventory says.
    """

    asked_s: float = 20.0
    killed_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evicted:
    """Whose processes were ended, and how."""

    holder: Holder
    how: str

    def sentence(self) -> str:
        """Return what happened."""
        return f"ended {self.holder.sentence()}: {self.how}"


def evict(
    holder: Holder,
    identities: Sequence[str],
    *,
    folder: Path,
    patience: Patience,
    proc: Path = Path("/proc"),
) -> Evicted:
    """End whoever holds the locks of a rig; returns when they have fallen.

    Raises:
        UsageFault: NOT_EVICTED, it is part of a CI job, or out of this process's reach.
        RigFault: NOT_EVICTED, the lock stands although its holder was killed.
    """
    if holder.job:
        raise UsageFault(
            f"{holder.rig} is in use by {holder.sentence()}; a CI job is not ended from a bench",
            hint=f"cancel the job; where it is lost, end its process: kill {holder.pid}",
            code="NOT_EVICTED",
        )
    targets = _targets(holder, identities, folder, proc)

    def is_free() -> bool:
        return find_holder(identities, folder=folder) is None

    _signal(targets, signal.SIGTERM, holder)
    if _within(patience.asked_s, is_free):
        return Evicted(holder=holder, how="it ended when it was asked to (SIGTERM)")
    _signal(targets, signal.SIGKILL, holder)
    if _within(patience.killed_s, is_free):
        said = f"it did not end within {patience.asked_s:g} s and was killed (SIGKILL)"
        return Evicted(holder=holder, how=said)
    left = ", ".join(map(str, find_users(identities, folder=folder, proc=proc))) or "none seen"
    raise RigFault(
        f"{holder.rig}: its lock stands although {holder.sentence()} was killed; processes that "
        f"have it open: {left}",
        hint="a process that waits for hardware cannot die before it answers: unplug the adapter",
        code="NOT_EVICTED",
    )


def find_users(identities: Sequence[str], *, folder: Path, proc: Path) -> list[int]:
    """Return the processes, but for this one, that have a lock of these resources open."""
    locks = set()
    for identity in identities:
        with suppress(FileNotFoundError):
            locks.add(_inode(path_of(folder, identity, "lock")))
    numbers = [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    return [
        pid
        for pid in sorted(numbers)
        if pid != os.getpid() and not locks.isdisjoint(_open_files(proc / str(pid)))
    ]


def _targets(holder: Holder, identities: Sequence[str], folder: Path, proc: Path) -> Sequence[int]:
    """Return whom to signal: the recorded process, or what it left behind when it died."""
    users = find_users(identities, folder=folder, proc=proc)
    if holder.pid in users:
        return [holder.pid]
    if users:
        return users
    raise UsageFault(
        f"{holder.rig} is in use by {holder.sentence()}, but no process that this user can see "
        "has its lock open",
        hint="it is another user's, or runs in another container: ask them, or use their account",
        code="NOT_EVICTED",
    )


def _signal(pids: Sequence[int], number: signal.Signals, holder: Holder) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        except PermissionError as error:
            raise UsageFault(
                f"{holder.rig}: not allowed to end {holder.sentence()}",
                hint=f"ask them, or as an administrator: sudo kill {pid}",
                code="NOT_EVICTED",
            ) from error


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed  # noqa: PLC0415

    looks = Retrying(
        stop=stop_after_delay(seconds),
        wait=wait_fixed(_LOOK_S),
        retry=retry_if_result(lambda done: not done),
        retry_error_callback=lambda _: False,
    )
    return bool(looks(holds))


def _open_files(process: Path) -> set[tuple[int, int]]:
    found = set()
    with suppress(OSError):  # it ended, or belongs to another user
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(_inode(descriptor))
    return found


def _inode(path: Path) -> tuple[int, int]:
    told = path.stat()
    return told.st_dev, told.st_ino
