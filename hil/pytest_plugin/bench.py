"""Bench: the rigs that this process holds, each brought to the state in which a test begins."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hil.campaigns.attempt import WaveKind
from hil.campaigns.record import Loading
from hil.errors import HilFault, ProductFault, RigFault
from hil.interfaces import ImageFile
from hil.inventory.rig import Rig
from hil.links.line import Alarmed
from hil.links.transcript import Cursor
from hil.opening import OpenSession, open_session
from hil.pytest_plugin.setting import NO_IMAGE, Setting
from hil.session import Session

_STEP = 0.01  # how finely progress is written, as a share of the whole


@dataclass(slots=True)
class Seat:
    """One rig: its session once it is open, and what stands in the way of using it."""

    session: Session
    clean: bool = False
    broken: RigFault | None = None
    does_not_boot: ProductFault | None = None
    case: str = ""
    watched_to: Cursor = Cursor(0)  # noqa: RUF009 (a number)
    reported: dict[str, float] = field(default_factory=dict)


class Bench:
    """Opens rigs when they are first used, and all at once lets go of them."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._stack = ExitStack()
        self._seats: dict[str, Seat] = {}
        self._out = Path(setting.plan.out)

    def session(self, rig: Rig, case: str) -> Session:
        """Return a rig's session with the image of this wave loaded, proven and started.

        Raises:
            RigFault: the rig is broken; it stays so for the rest of the wave.
            ProductFault: the image does not start.
        """
        seat = self._seat(rig, case)
        if seat.broken is not None:
            raise seat.broken
        if seat.does_not_boot is not None:
            raise seat.does_not_boot
        confirms = self._setting.plan.wave.kind is not WaveKind.MAIN
        if not seat.clean or confirms:
            self._prepare(seat, rig)
            seat.watched_to = seat.session.mark()
        self.refuse_alarms(rig)
        return seat.session

    def refuse_alarms(self, rig: Rig) -> None:
        """Fail whoever has the rig if its board panicked or started anew since the last look.

        A test that asked nothing afterwards would pass, and the crash belong to nobody.

        Raises:
            Alarmed: what the board said.
        """
        seat = self._seats.get(rig.name)
        if seat is None:
            return
        transcript = seat.session.line.transcript
        alarm = transcript.watch.first(seat.watched_to)
        seat.watched_to = transcript.mark()
        if alarm is not None:
            raise Alarmed(alarm)

    def _seat(self, rig: Rig, case: str) -> Seat:
        if rig.name not in self._seats:
            opened = self._open(rig)
            self._stack.callback(opened.close)
            self._seats[rig.name] = Seat(session=opened.session)
        self._seats[rig.name].case = case
        return self._seats[rig.name]

    def _open(self, rig: Rig) -> OpenSession:
        return open_session(
            self._setting.lab,
            rig,
            transcript=self._out / "transcripts" / f"{rig.name}.log",
            progress=lambda phase, share: self._report(rig.name, phase, share),
        )

    def _prepare(self, seat: Seat, rig: Rig) -> None:
        digest = self._setting.assignment(rig.name).image_sha256
        try:
            if digest == NO_IMAGE:
                seat.session.boot(since=seat.session.power_cycle())
            else:
                facts, data = self._setting.image(digest)
                image = ImageFile(facts=facts, data=data)
                if self._setting.plan.loading is Loading.FIND:
                    seat.session.adopt(image)
                else:
                    seat.session.load(image)
                seat.session.boot()
        except RigFault as fault:
            seat.broken = fault
            raise
        except ProductFault as fault:
            if self._setting.plan.wave.kind is WaveKind.MAIN:
                seat.does_not_boot = fault  # once is enough; confirming it is another wave's
            raise
        seat.clean = True

    def peek(self, rig: str) -> Session | None:
        """Return the session of a rig if it is open."""
        return self._seats[rig].session if rig in self._seats else None

    def soil(self, rig: str, fault: BaseException | None = None) -> None:
        """Say that a test left a rig in an unknown state: the next one starts afresh."""
        if rig in self._seats:
            self._seats[rig].clean = False
            if isinstance(fault, RigFault):
                self._seats[rig].broken = fault

    def _report(self, rig: str, phase: str, share: float) -> None:
        """Write progress for whoever watches, at most once per step."""
        seat = self._seats.get(rig)
        if seat is not None and share and share < seat.reported.get(phase, 0.0) + _STEP:
            return
        if seat is not None:
            seat.reported[phase] = share
        event = {"rig": rig, "phase": phase, "share": round(share, 3)}
        event["case"] = seat.case if seat else ""
        with (self._out / "progress.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event) + "\n")

    def close(self) -> list[HilFault]:
        """Let go of every rig; returns what went wrong with that."""
        try:
            self._stack.close()
        except HilFault as fault:
            return [fault]
        return []
