"""Hold: a person's reservation of a rig, a record that is checked under the rig's lock.

It stays until it is released, also past its time: a rig with half a board on it is not free
because a clock says so. Its file is emptied, not deleted: the folder of the locks is sticky, where
nobody can delete another user's file.
"""

import enum
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from hil.errors import RigHeld
from hil.leases.record import open_record, path_of, wait_lock

_MOST_BYTES = 65536


class Use(enum.Enum):
    """What a rig is taken for: by a person's command for this one rig, or by whatever needs one."""

    BY_HAND = enum.auto()
    FOR_TESTS = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who keeps a rig, why, since when, and until when (UTC, ISO 8601; empty: open end)."""

    rig: str
    user: str
    reason: str
    since: str
    until: str = ""

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether its time is over. It holds all the same."""
        return bool(self.until) and datetime.fromisoformat(self.until) < now

    def sentence(self, now: datetime) -> str:
        """Return the hold as people read it."""
        end = f", until {self.until}" if self.until else ""
        late = ", overdue" if self.is_overdue(now) else ""
        return f"held by {self.user}: {self.reason} (since {self.since}{end}{late})"

    def admits(self, user: str, use: Use) -> bool:
        """Tell whether somebody may take the rig: its owner may, by hand; no test run may."""
        return use is Use.BY_HAND and user == self.user


def place_hold(identities: Sequence[str], hold: Hold, *, folder: Path, now: datetime) -> None:
    """Hold all resources of a rig, or none; one's own hold is replaced.

    Raises:
        RigHeld: somebody else holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        records = [_locked(folder, identity, stack) for identity in sorted(set(identities))]
        for record in records:
            other = _read(record)
            if other is not None and other.user != hold.user:
                raise RigHeld(hold.rig, other.sentence(now), hint=_ASK)
        for record in records:
            _write(record, json.dumps(asdict(hold)).encode())


def find_hold(identities: Sequence[str], *, folder: Path) -> Hold | None:
    """Return the hold on one of the resources of a rig, or None."""
    with ExitStack() as stack:
        for identity in identities:
            if path_of(folder, identity, "hold").exists():
                found = _read(_locked(folder, identity, stack))
                if found is not None:
                    return found
    return None


def lift_hold(identities: Sequence[str], *, folder: Path) -> None:
    """End the hold on a rig, whosever it is."""
    with ExitStack() as stack:
        for identity in sorted(set(identities)):
            if path_of(folder, identity, "hold").exists():
                _write(_locked(folder, identity, stack), b"")


def refuse_held(hold: Hold, *, user: str, now: datetime) -> RigHeld:
    """Return the error for somebody who may not take a held rig, with what they can do."""
    own = f"it is yours: `hil rig release {hold.rig}` gives it back to the pool"
    return RigHeld(hold.rig, hold.sentence(now), hint=own if user == hold.user else _ASK)


_ASK = "ask them, or end it: `hil rig release NAME --force --reason WHY`"


def _locked(folder: Path, identity: str, stack: ExitStack) -> int:
    descriptor = open_record(path_of(folder, identity, "hold"), stack)
    wait_lock(descriptor)
    return descriptor


def _read(descriptor: int) -> Hold | None:
    text = os.pread(descriptor, _MOST_BYTES, 0)
    if not text:
        return None
    try:
        found = Hold(**json.loads(text))
        found.is_overdue(datetime.fromisoformat(found.since))
    except (ValueError, TypeError):
        # Somebody wanted this rig; doubt never gives it away.
        return Hold(rig="it", user="somebody", reason="a record that cannot be read", since="?")
    return found


def _write(descriptor: int, data: bytes) -> None:
    os.pwrite(descriptor, data, 0)  # before the cut: whoever dies here leaves a hold, not none
    os.truncate(descriptor, len(data))
