"""App: the composition root. Only here the clock, the user and the environment are read."""

import getpass
import os
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hil.errors import RigFault, UsageFault
from hil.interfaces import Control, PowerContext, Progress, ToolResult
from hil.inventory.rig import Inventory, Rig
from hil.leases.guarded import Guarded
from hil.leases.hold import Hold, Use, find_hold, refuse_held
from hil.leases.lease import Holder, Lease, acquire, find_holder
from hil.links.adapter import Adapter
from hil.links.line import Line
from hil.links.transcript import Transcript
from hil.links.watch import Watch
from hil.registry import hold_identities, load_driver, physical_identities
from hil.session import Session, Wiring


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
        return lease

    def now(self) -> str:
        """Return the time for a record: UTC, ISO 8601, to the second."""
        return self.clock.utc().isoformat(timespec="seconds")

    def hold(self, rig: Rig) -> Hold | None:
        """Return who keeps a rig for themselves, or None."""
        return find_hold(hold_identities(rig, state=self.state), folder=self.locks)

    def holder(self, rig: Rig) -> Holder | None:
        """Return who holds a rig now, or None."""
        return find_holder(physical_identities(rig, state=self.state), folder=self.locks)

    def open_session(
        self, rig: Rig, *, transcript: Path, progress: Progress = nobody
    ) -> "OpenSession":
        """Open the line of a leased rig, with its reader running, and return the board in hand.

        Raises:
            RigFault: the line or the virtual rig did not open.
        """
        return OpenSession(self, rig, transcript, progress)

    def run_tool(self, argv: Sequence[str], deadline_s: float) -> ToolResult:
        """Run a command-line tool under a guard, for at most ``deadline_s``."""
        with tempfile.TemporaryFile() as output:
            child = Guarded(argv, output=output)
            code = child.wait(deadline_s)
            if code is None:
                child.end()
            output.seek(0)
            return ToolResult(exit_code=code, output=output.read().decode("utf-8", "replace"))


class OpenSession:
    """A session with all that it holds open; use it in a ``with``."""

    def __init__(self, lab: Lab, rig: Rig, transcript: Path, progress: Progress) -> None:
        self._stack = ExitStack()
        with ExitStack() as building:
            url = rig.serial
            control = _no_adapter(rig)
            if rig.virtual is not None:
                adapter = Adapter(rig, rig.virtual, lab.state / "virtual" / rig.name)
                building.callback(adapter.close)
                url, control = adapter.tty, adapter.control
            board = lab.inventory.boards[rig.board]
            watch = Watch(panic=board.console.panic, reset=board.console.reset)
            record = Transcript(transcript, watch=watch, clock=lab.clock)
            building.callback(record.close, "closed by the harness")
            line = Line(url, rig=rig.name, baud=board.baud, transcript=record, clock=lab.clock)
            building.callback(line.close)
            context = PowerContext(rig=rig, control=control, run_tool=lab.run_tool, clock=lab.clock)
            wiring = Wiring(
                line=line,
                power=load_driver("hil.power", rig.power.driver)(context),
                flasher=load_driver("hil.flash", board.flasher.driver)(
                    board.flasher, lab.clock, rig.name
                ),
            )
            self.session = Session(rig, board, wiring, clock=lab.clock, progress=progress)
            self._stack = building.pop_all()

    def close(self) -> None:
        """Leave the rig as its inventory says, and let go of everything."""
        with self._stack:
            self.session.release()

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, *_: object) -> None:
        self.close()


def _no_adapter(rig: Rig) -> Control:
    def refuse(_: Mapping[str, str]) -> Mapping[str, object]:
        raise RigFault(
            f"{rig.name}: its power driver is `virtual`, but it is a real rig",
            hint="give it another power driver, or the key `virtual`",
            code="POWER",
        )

    return refuse
