"""App: the composition root. Only here the clock, the user and the environment are read."""

import getpass
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from hil.detectors import packaged_detectors
from hil.errors import RigFault, UsageFault
from hil.interfaces import (
    ToolResult,
)
from hil.inventory.board import Board
from hil.inventory.detectors import DetectorTable
from hil.inventory.rig import Inventory, Rig
from hil.leases.guarded import Guarded
from hil.leases.hold import Hold, Use, find_hold, refuse_held
from hil.leases.lease import Holder, Lease, acquire, find_holder
from hil.registry import hold_identities, physical_identities


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        """Return seconds that only go forward."""
        return time.monotonic()

    def utc(self) -> datetime:
        """Return the aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 (the composition root)

    def pause(self, seconds: float) -> None:
        """Let time pass, where the physics of a board ask for it."""
        time.sleep(seconds)  # noqa: TID251 (the composition root)


def default_state() -> Path:
    """Return where a lab's state lives without ``--state``: $HIL_STATE, else XDG's state folder."""
    import platformdirs  # noqa: PLC0415 (only where no folder was given)

    given = os.environ.get("HIL_STATE")
    return Path(given) if given else Path(platformdirs.user_state_dir("hil"))


def default_inventory() -> Path:
    """Return the lab where none was named: ``hil.yaml`` here, else the user's inventory folder.

    Raises:
        UsageFault: there is neither.
    """
    here = Path("hil.yaml")
    if here.is_file():
        return here
    folder = user_inventory_folder()
    if folder.is_dir() and any(folder.glob("*.y*ml")):
        return folder
    raise UsageFault(
        f"no inventory: neither ./hil.yaml nor a file in {folder}",
        hint="name one (--inventory, $HIL_INVENTORY), or write one: `hil rig discover > hil.yaml`",
        code="NO_INVENTORY",
    )


def user_inventory_folder() -> Path:
    """Return the folder whose YAML files together are the user's own lab."""
    import platformdirs  # noqa: PLC0415 (only where no inventory was given)

    return Path(platformdirs.user_config_dir("hil"))


def default_locks() -> Path:
    """Return the folder of the locks: $HIL_LOCKS, else one that all users of this host share."""
    given = os.environ.get("HIL_LOCKS")
    if given:
        return Path(given)
    folder = Path(tempfile.gettempdir()) / "hil-locks"
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
    return folder


def ci_job(environment: Mapping[str, str]) -> str:
    """Return the CI job that this process is part of, as its system names it, or nothing."""
    if environment.get("CI", "").lower() in {"", "0", "false"}:
        return ""
    named = (environment.get(key, "") for key in ("CI_JOB_URL", "BUILD_URL", "GITHUB_RUN_ID"))
    return f"CI job {next(filter(None, named), 'without a name')}"


def nobody(_phase: str, _share: float) -> None:
    """Take progress that nobody looks at."""


@dataclass(slots=True)
class Lab:
    """One lab as this process sees it: its inventory, its state folder, its locks."""

    inventory: Inventory
    state: Path
    locks: Path = field(default_factory=default_locks)
    clock: SystemClock = field(default_factory=SystemClock)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    leases: list[Lease] = field(default_factory=list)

    @property
    def user(self) -> str:
        """Who this process works for, as leases and holds name them."""
        return f"{getpass.getuser()}@{socket.gethostname()}"

    def lease(
        self, rig: Rig, *, why: str, use: Use = Use.FOR_TESTS, expected_s: float = 0
    ) -> Lease:
        """Take a rig for this process; ``expected_s`` is how long it means to need it.

        Raises:
            RigBusy: a process has it, and who.
            RigHeld: a person holds it against this use.
        """
        holder = Holder(
            rig=rig.name,
            user=self.user,
            pid=os.getpid(),
            why=why,
            since=self.now(),
            expected_s=expected_s,
            job=ci_job(self.environment),
        )
        lease = acquire(physical_identities(rig, state=self.state), holder, folder=self.locks)
        hold = self.hold(rig)
        if hold is not None and not hold.admits(self.user, use):
            lease.release()
            raise refuse_held(hold, user=self.user, now=self.clock.utc())
        self.leases.append(lease)
        return lease

    def now(self) -> str:
        """Return the time for a record: UTC, ISO 8601, to the second."""
        return self.clock.utc().isoformat(timespec="seconds")

    def hold(self, rig: Rig) -> Hold | None:
        """Return who keeps a rig for themselves, or None."""
        return find_hold(hold_identities(rig, state=self.state), folder=self.locks)

    def descriptors(self) -> list[int]:
        """Return the descriptors of every lease held: children that use a rig hold it too."""
        self.leases = [lease for lease in self.leases if lease.held]
        return [descriptor for lease in self.leases for descriptor in lease.descriptors]

    def holder(self, rig: Rig) -> Holder | None:
        """Return who holds a rig now, or None."""
        return find_holder(physical_identities(rig, state=self.state), folder=self.locks)

    def run_tool(self, argv: Sequence[str], deadline_s: float) -> ToolResult:
        """Run a command-line tool under a guard, for at most ``deadline_s``."""
        with tempfile.TemporaryFile() as output:
            child = self._start(argv, output)
            try:
                code = child.wait(deadline_s)
            finally:
                child.end()
            output.seek(0)
            return ToolResult(exit_code=code, output=output.read().decode("utf-8", "replace"))

    def _start(self, argv: Sequence[str], output: IO[bytes]) -> Guarded:
        if shutil.which(argv[0]) is None:
            raise RigFault(
                f"{argv[0]}: no such program on this machine",
                hint="install it, or give its whole path in the inventory",
                code="NO_TOOL",
            )
        return Guarded(argv, leases=self.descriptors(), output=output)

    def tables(self, board: Board) -> list[DetectorTable]:
        """Return the detector tables that a board's YAML names; the lab's own come first.

        Raises:
            UsageFault: there is none of a name.
        """
        found = []
        for name in board.console.detectors:
            table = self.inventory.detectors.get(name) or packaged_detectors().get(name)
            if table is None:
                known = ", ".join(sorted({*self.inventory.detectors, *packaged_detectors()}))
                raise UsageFault(
                    f"board {board.name}: no detector table {name!r}; known: {known}",
                    hint="docs/inventory.md shows how to write one under `detectors`",
                    code="UNKNOWN_DETECTORS",
                )
            found.append(table)
        return found

    def places(self, rig: Rig) -> dict[str, str]:
        """Return what stands for the placeholders in the texts of a rig.

        ``port`` is a TCP port that is free now, ``folder`` belongs to this rig alone.
        """
        folder = self.state / "rigs" / rig.name
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        return {
            "rig": rig.name,
            "folder": str(folder.absolute()),
            "port": str(port),
            "probe_id": rig.probe_id,
        }
