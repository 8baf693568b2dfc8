"""App: the composition root. Only here the clock, the user and the environment are read."""

import getpass
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from fwrelease.errors import ReleaseFault
from fwrelease.evidence.image import recognise
from hil.detectors import packaged_detectors
from hil.errors import RigFault, UsageFault
from hil.interfaces import (
    Control,
    Flasher,
    FlasherContext,
    ImageFile,
    PowerContext,
    PowerSwitch,
    Progress,
    ToolResult,
)
from hil.inventory.board import Board
from hil.inventory.detectors import DetectorTable
from hil.inventory.placeholder import fill
from hil.inventory.rig import Inventory, Rig, UsbIdentity
from hil.leases.guarded import Guarded
from hil.leases.hold import Hold, Use, find_hold, refuse_held
from hil.leases.lease import Holder, Lease, acquire, find_holder
from hil.links.adapter import Adapter, no_adapter
from hil.links.line import Line, goes_on
from hil.links.locate import ByPath, ByUsb, Whereabouts
from hil.links.transcript import Transcript
from hil.links.watch import AlarmKind, Detector, Watch
from hil.power.reset import make_reset
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


def whereabouts(serial: str | UsbIdentity, places: Mapping[str, str]) -> Whereabouts:
    """Return what finds the line of a rig."""
    if isinstance(serial, str):
        return ByPath(fill(serial, **places))
    from serial.tools.list_ports import comports  # noqa: PLC0415 (reads all of /sys)

    return ByUsb(serial, comports)


def find_absence(rig: Rig) -> str:
    """Return why the line of a rig is not there, as far as can be told without opening it."""
    if isinstance(rig.serial, str):
        is_device = "://" not in rig.serial and "{" not in rig.serial
        return f"{rig.serial} is not there" if is_device and not Path(rig.serial).exists() else ""
    try:
        whereabouts(rig.serial, {}).find(rig.name)
    except RigFault as fault:
        return fault.message
    return ""


class OpenSession:
    """A session with all that it holds open; use it in a ``with``."""

    def __init__(self, lab: Lab, rig: Rig, transcript: Path, progress: Progress) -> None:
        self._stack = ExitStack()
        with ExitStack() as building:
            self.session = _build(lab, rig, transcript, progress, building)
            self._stack = building.pop_all()

    def close(self) -> None:
        """Leave the rig as its inventory says, and let go of everything."""
        with self._stack:
            self.session.release()

    def __enter__(self) -> Session:
        return self.session

    def __exit__(self, *_: object) -> None:
        self.close()


def _build(
    lab: Lab, rig: Rig, transcript: Path, progress: Progress, building: ExitStack
) -> Session:
    board, places = lab.inventory.boards[rig.board], lab.places(rig)
    where, control = _reach(lab, rig, places, building)
    power = load_driver("hil.power", rig.power.driver)(
        PowerContext(
            rig=rig,
            control=control,
            run_tool=lab.run_tool,
            clock=lab.clock,
            places=places,
            leases=lab.descriptors(),
        )
    )
    if callable(close := getattr(power, "close", None)):
        building.callback(close)
    line = _open_line(lab, rig, where, transcript, building, power=power)
    wiring = Wiring(
        line=line,
        power=power,
        flasher=_flasher(lab, rig, transcript.parent, places),
        run_tool=lab.run_tool,
        reset=make_reset(
            rig, power, pulse=line.pulse, send=line.write, run_tool=lab.run_tool, places=places
        ),
        places=places,
        baseline=lambda: _baseline(rig),
    )
    return Session(rig, board, wiring, clock=lab.clock, progress=progress)


def _baseline(rig: Rig) -> ImageFile:
    try:
        data = Path(rig.baseline).read_bytes()
        return ImageFile(facts=recognise(data, name=rig.baseline), data=data)
    except (OSError, ReleaseFault) as error:
        raise RigFault(
            f"{rig.name}: its baseline {rig.baseline} cannot be put back: {error}",
            hint="the rig's `baseline` names the file of an image that its board takes",
            code="BASELINE",
        ) from error


def _reach(
    lab: Lab, rig: Rig, places: Mapping[str, str], building: ExitStack
) -> tuple[Whereabouts, Control]:
    """Return what finds the line, and what controls a virtual rig; its adapter is started."""
    if rig.virtual is None:
        return whereabouts(rig.serial, places), no_adapter(rig)
    adapter = Adapter(rig, rig.virtual, lab.state / "virtual" / rig.name)
    building.callback(adapter.close)
    return ByPath(adapter.tty), adapter.control


def _open_line(
    lab: Lab,
    rig: Rig,
    where: Whereabouts,
    transcript: Path,
    building: ExitStack,
    *,
    power: PowerSwitch,
) -> Line:
    board = lab.inventory.boards[rig.board]
    detectors = [Detector(kind=AlarmKind.PANIC, pattern=text) for text in board.console.panic]
    tables = lab.tables(board)
    detectors += [each for table in tables for each in _armed(table)]
    reset = board.console.reset or next((table.reset for table in tables if table.reset), "")
    record = Transcript(
        transcript,
        watch=Watch(detectors, reset=reset),
        clock=lab.clock,
        silence_s=board.console.silence_s,
    )
    building.callback(record.close, "closed by the harness")
    line = Line(
        where,
        rig=rig.name,
        baud=board.baud,
        transcript=record,
        clock=lab.clock,
        spec=rig.line,
        board_ended=getattr(power, "ended", goes_on),
    )
    building.callback(line.close)
    return line


def _armed(table: DetectorTable) -> list[Detector]:
    kinds = (
        (AlarmKind.PANIC, table.panic),
        (AlarmKind.ASSERTION, table.assertion),
        (AlarmKind.WATCHDOG, table.watchdog),
    )
    return [Detector(kind=kind, pattern=text) for kind, texts in kinds for text in texts]


def _flasher(lab: Lab, rig: Rig, folder: Path, places: Mapping[str, str]) -> Flasher:
    board = lab.inventory.boards[rig.board]
    context = FlasherContext(
        spec=board.flasher,
        board=board,
        rig=rig,
        clock=lab.clock,
        run_tool=lab.run_tool,
        folder=folder,
        places=places,
        leases=lab.descriptors(),
    )
    made: Flasher = load_driver("hil.flash", board.flasher.driver)(context)
    return made
