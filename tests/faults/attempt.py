"""Attempt: one try at an image on one rig, in one session, from its lease to its release."""

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fwrelease.evidence.image import recognise
from hil.app import Lab
from hil.errors import HilFault, RigFault
from hil.interfaces import ImageFile
from hil.inventory.board import Board
from hil.inventory.proof import AskProof
from hil.inventory.rig import Rig
from hil.opening import open_session
from hil.session import Session
from hil.suites import test_smoke as smoke
from tests.faults.cell import Outcome

IMAGES = Path(__file__).parents[2] / "rigs" / "firmware" / "images"
FILES = {
    "older": "1.0.0",
    "good": "1.2.0",
    "fails-selftest": "1.1.0",
    "panics": "9.0.2-panic",
    "boot-loops": "9.0.4-bootloop",
    "hangs": "9.0.1-hang",
}
_LOADS, _ENTRIES, _PROMPT_S, _SILENCE_S, _ANSWER_S = 3, 3, 2.0, 10.0, 15.0


class Hang(AssertionError):
    """A try did not end within the sum of its deadlines."""


def image_file(kind: str) -> ImageFile:
    """Return one of the committed images, by what is right or wrong with it."""
    data = image_path(kind).read_bytes()
    return ImageFile(facts=recognise(data, name=kind), data=data)


def image_path(kind: str) -> Path:
    """Return where that image is."""
    return IMAGES / f"nano-v2-{FILES[kind]}.bin"


def deadlines_s(board: Board) -> float:
    """Return how long a try may take when every wait in it runs to its end."""
    flasher, entry = board.flasher, board.flasher.entry
    assert entry is not None
    assert isinstance(flasher.proof, AskProof)
    enter_s = _ENTRIES * (entry.window_timeout_s + _PROMPT_S)
    ask_s = enter_s + flasher.proof.timeout_s
    load_s = _LOADS * (2 * ask_s + flasher.timeout_s + _SILENCE_S)
    boots_s = 3 * 2 * board.console.boot_timeout_s
    return load_s + boots_s + sum(each.timeout_s for each in board.smoke.values()) + 4 * _ANSWER_S


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A try of ``image``; ``later`` is planted just before the smoke test's power cycle."""

    lab: Lab
    rig: str
    image: str
    folder: Path
    faults: Mapping[str, object] = field(default_factory=dict)
    later: Mapping[str, object] | None = None
    only_load: bool = False
    seed: int = 1
    entered: list[str] = field(default_factory=list)
    _ended: list[Outcome] = field(default_factory=list)

    def run(self) -> Outcome:
        """Return how it ended.

        Raises:
            Hang: it did not.
        """
        rig = self._planted()
        thread = threading.Thread(target=self._run_quietly, args=(rig,), daemon=True)
        bound_s = deadlines_s(self.lab.inventory.boards[rig.board])
        thread.start()
        thread.join(bound_s)
        if thread.is_alive():
            raise Hang(f"still running after {bound_s:g} s, in {self.entered[-1:]}")
        return self._ended[0]

    def _planted(self) -> Rig:
        rig = self.lab.inventory.rigs[self.rig]
        assert rig.virtual is not None
        return replace(
            rig,
            virtual=replace(rig.virtual, seed=self.seed, faults=dict(self.faults)),  # type: ignore[arg-type]
        )

    def _run_quietly(self, rig: Rig) -> None:
        try:
            self._ended.append(self._run(rig))
        except BaseException as error:  # noqa: BLE001 - a thread would lose it
            self._ended.append(
                Outcome(verdict="harness error", code=type(error).__name__, says=str(error))
            )

    def _run(self, rig: Rig) -> Outcome:
        lease = self.lab.lease(rig, why="a planted fault")
        try:
            log = self.folder / f"{rig.name}.log"
            with open_session(self.lab, rig, transcript=log, progress=self._note) as session:
                return self._drive(session)
        finally:
            lease.release()

    def _drive(self, session: Session) -> Outcome:
        try:
            session.load(image_file(self.image))
            if not self.only_load:
                session.boot()
                self._smoke(session)
        except HilFault as fault:
            return self._outcome(session, fault)
        verdict = "recovered" if session.flash_retries else "passed"
        return Outcome(verdict=verdict, retries=session.flash_retries)

    def _outcome(self, session: Session, fault: HilFault) -> Outcome:
        looks_like = "hypothesis" if self.image in {"good", "older"} else "product failure"
        return Outcome(
            verdict="rig fault" if isinstance(fault, RigFault) else looks_like,
            code=fault.code,
            phase=session.phase.partition(":")[0],
            retries=session.flash_retries,
            says=fault.message,
        )

    def _smoke(self, session: Session) -> None:
        cases: dict[str, Callable[[], None]] = {
            "identity": lambda: smoke.test_identity(session),
            "selftest": lambda: _ask(session, "selftest"),
            "boot_time": lambda: _ask(session, "boot_time"),
            "echo": lambda: smoke.test_echo(session, f"nonce{self.seed}"),
            "reboot": lambda: smoke.test_reboot(session),
            "power_cycle": lambda: self._power_cycle(session),
        }
        for name, ask in cases.items():
            session.enter(f"test:{name}")
            ask()

    def _power_cycle(self, session: Session) -> None:
        if self.later is not None:
            plant(self.lab, self.rig, self.later)
        smoke.test_power_cycle(session)

    def _note(self, phase: str, share: float) -> None:
        if not share:
            self.entered.append(phase)


def _ask(session: Session, question: str) -> None:
    session.command(session.board.smoke[question])


def plant(lab: Lab, rig: str, faults: Mapping[str, object]) -> None:
    """Replace the faults of a virtual rig that runs, from its next power-on."""
    folder = os.open(lab.state / "virtual" / rig, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_ANSWER_S)
            client.connect(f"/proc/self/fd/{folder}/control")  # the path itself may be too long
            client.sendall(json.dumps({"do": "plant", "faults": dict(faults)}).encode() + b"\n")
            answer = json.loads(client.makefile("rb").readline())
    finally:
        os.close(folder)
    assert answer["ok"], answer
