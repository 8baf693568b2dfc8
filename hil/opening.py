"""Opening: a rig of a lab in hand: its line with the reader running, its power, its flasher."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from fwrelease.errors import ReleaseFault
from fwrelease.evidence.image import recognise
from hil.app import Lab, nobody
from hil.errors import RigFault
from hil.interfaces import (
    Control,
    Flasher,
    FlasherContext,
    ImageFile,
    PowerContext,
    PowerSwitch,
    Progress,
)
from hil.inventory.detectors import DetectorTable
from hil.inventory.placeholder import fill
from hil.inventory.rig import Rig, UsbIdentity
from hil.links.adapter import Adapter, no_adapter
from hil.links.line import Line, goes_on
from hil.links.locate import ByPath, ByUsb, Whereabouts
from hil.links.transcript import Transcript
from hil.links.watch import AlarmKind, Detector, Watch
from hil.power.reset import make_reset
from hil.registry import load_driver
from hil.session import Session, Wiring


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


def open_session(
    lab: Lab, rig: Rig, *, transcript: Path, progress: Progress = nobody
) -> "OpenSession":
    """Open the line of a leased rig, with its reader running, and return the board in hand.

    Raises:
        RigFault: the line or the virtual rig did not open.
    """
    return OpenSession(lab, rig, transcript, progress)


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
