"""Builders for campaigns and boards, and a board made of Python behind a real pty."""

import hashlib
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fwrelease.evidence.image import Image
from hil.app import SystemClock, nobody
from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.campaign import Campaign, RigSeat
from hil.campaigns.case import CaseId
from hil.flash.transfers import DIALECTS, TransferFlasher
from hil.interfaces import FlasherContext, ImageFile, RunTool, ToolResult
from hil.inventory.board import Board, Console, Entry, FlasherSpec
from hil.inventory.proof import AskProof
from hil.inventory.rig import OnRelease, PowerSpec, Rig
from hil.links.line import Line
from hil.links.locate import ByPath
from hil.links.transcript import Transcript
from hil.links.watch import AlarmKind, Detector, Watch
from hil.session import Session, Wiring
from tests.support.receiver import Ending, Receiver

PLACE = ("nano", "b")
NEW, OLD = "c" * 64, "1" * 64
UPDATE_REQUEST = b"\x15boot"


# -- campaigns ---------------------------------------------------------------------------------


def a_case(name: str = "selftest", *, revision: str = "b") -> CaseId:
    """Return a case of the board that most tests are about."""
    return CaseId(board="nano", revision=revision, case=name)


def a_seat(rig: str = "rig-1", *, revision: str = "b", out: str = "") -> RigSeat:
    """Return a rig that takes part."""
    return RigSeat(rig=rig, board="nano", revision=revision, out_because=out)


def an_attempt(case: str | CaseId = "selftest", **changes: object) -> Attempt:
    """Return a proven pass on rig-1 in the main wave, but for ``changes``."""
    passed = Attempt(
        case=a_case(case) if isinstance(case, str) else case,
        rig="rig-1",
        wave=WaveKind.MAIN,
        ordinal=1,
        image_sha256=NEW,
        outcome=Outcome.PASSED,
        started="2026-03-02T12:00:00+00:00",
        duration_s=1.0,
        transcript="rig-1.log",
        proven=True,
    )
    return replace(passed, **changes)  # type: ignore[arg-type]


def a_failure(case: str | CaseId = "selftest", **changes: object) -> Attempt:
    """Return an attempt that failed as the product fails."""
    said = {"layer": "product", "code": "NOT_SEEN", "signature": "1:aaaa", "says": "no PASS"}
    return an_attempt(case, outcome=Outcome.FAILED, **said | changes)


def a_campaign(*attempts: Attempt, red_seen: bool = True, **changes: object) -> Campaign:
    """Return a campaign of one rig that requires every case in ``attempts``."""
    red = (an_attempt("red_check"),) if red_seen else ()
    campaign = Campaign(
        rigs=(a_seat(),),
        candidates={PLACE: NEW},
        last_good={PLACE: OLD},
        required=frozenset({attempt.case for attempt in attempts} | {a_case("red_check")}),
        attempts=(*attempts, *red),
    )
    return replace(campaign, **changes)  # type: ignore[arg-type]


# -- time --------------------------------------------------------------------------------------


def eventually(holds: Callable[[], bool], *, within_s: float = 10.0) -> bool:
    """Poll until ``holds`` or the time is over."""
    deadline_s = time.monotonic() + within_s
    pause = threading.Event()
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        pause.wait(0.005)
    return True


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Hourglass(SystemClock):
    """A clock by which a deadline passes when the test says so."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def run_out(self) -> None:
        """Let every deadline that was set have passed."""
        self._ahead_s += 1e6

    def monotonic(self) -> float:
        """Return seconds that only go forward."""
        return super().monotonic() + self._ahead_s


# -- a board of Python -------------------------------------------------------------------------


LOADS = {
    "load": ("xmodem", Receiver(call=b"C")),
    "loads": ("xmodem", Receiver(call=b"\x15")),
    "loady": ("ymodem", Receiver(call=b"C", has_names=True, ending=Ending.REFUSES_ONCE)),
    "loadg": ("ymodem", Receiver(call=b"G", has_names=True)),
}
"""The commands that receive: the word for the protocol, and the receiver as it starts."""


@dataclass
class Temper:
    """How a fake board misbehaves; as it stands, not at all."""

    silent: bool = False
    shows_digest: str = ""
    shows_build: str = ""
    refuses_start: bytes = b""
    spoils: frozenset[int] = frozenset()
    cancels_after_blocks: int = -1
    corrupts_writes: int = 0


class FakeBoard:
    """A board that speaks the console of rigs/virtual.yaml, without a clock but for its window."""

    def __init__(self, slot: bytes = b"", *, temper: Temper | None = None) -> None:
        self.slot = slot
        self.temper = temper or Temper()
        self.transfers = 0
        self.starts: list[str] = []
        self.window_s = 0.15
        self._mode = "off"
        self._heard = b""
        self._receiver = Receiver()
        self._window_ends_s = 0.0
        self._lock = threading.Lock()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self._stop_read, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def is_off(self) -> bool:
        """Whether the board is dark."""
        return self._mode == "off"

    # the switch: what a power driver would do

    def on(self) -> None:
        """Give the board power."""
        self._start("power-on")

    def off(self) -> None:
        """Take the power away."""
        with self._lock:
            self._mode = "off"

    def reset(self) -> None:
        """Pull the reset pin."""
        self._start("pin")

    def _start(self, cause: str) -> None:
        with self._lock:
            self.starts.append(cause)
            self._restart(cause)

    def _restart(self, cause: str) -> None:
        self._heard = b""
        if self.temper.silent:
            return
        self._mode = "window"
        self._window_ends_s = time.monotonic() + self.window_s
        self._say(f"\r\nboot nano-v2 rev b chip 5e1f00b1 reset {cause}\r\n")

    # the line

    def say(self, text: str) -> None:
        """Let the board say something by itself."""
        with self._lock:
            self._say(text)

    def _say(self, text: str | bytes) -> None:
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                ready, _, _ = select.select([self._master, self._stop_read], [], [], 0.02)
                if self._stop_read in ready:
                    return
                data = os.read(self._master, 4096) if ready else b""
                with self._lock:
                    self._hear(data)

    def _hear(self, data: bytes) -> None:
        self._heard += data
        if self._mode == "window":
            self._watch_window()
        elif self._mode == "loading":
            self._load(data)
        elif self._mode == "off":
            self._heard = b""
        while b"\n" in self._heard and self._mode in {"boot", "app"}:
            line, _, self._heard = self._heard.partition(b"\n")
            self._answer(line.decode("latin-1").strip("\x15\x18\r\n "))

    def _watch_window(self) -> None:
        if UPDATE_REQUEST in self._heard:
            self._enter("boot", "\r\nboot> ")
        elif time.monotonic() > self._window_ends_s:
            self._enter("app", f"app 1.1.0 build {self._build()}\r\nnano> ")

    def _enter(self, mode: str, greeting: str) -> None:
        self._mode, self._heard = mode, b""
        self._say(greeting)

    def _build(self) -> str:
        return self.temper.shows_build or build_id_of(self.slot)

    def _answer(self, command: str) -> None:
        prompt = "boot> " if self._mode == "boot" else "nano> "
        match command:
            case "slot" if prompt == "boot> ":
                self._say(f"{self._slot_line()}\r\n{prompt}")
            case _ if prompt == "boot> " and command in LOADS:
                word, receiver = LOADS[command]
                self._receiver = replace(receiver, spoil=self.temper.spoils)
                self._mode = "loading"
                self._say(f"{word} ready\r\n")
                self._say(receiver.call)
            case "run" | "reboot":
                self._restart("software")
            case "version":
                self._say(f"version 1.1.0 build {self._build()}\r\n{prompt}")
            case "selftest":
                self._say(f"selftest PASS\r\n{prompt}")
            case _:
                self._say(f"unknown command\r\n{prompt}")

    def _load(self, data: bytes) -> None:
        said = self._receiver.receive(data)
        if self._receiver.blocks == self.temper.cancels_after_blocks:
            self._enter("boot", "\x18\x18\r\nboot> ")
        else:
            self._say(said)
            if self._receiver.done:
                self._keep()
            elif self._receiver.failed:
                self._enter("boot", "gave up\r\nboot> ")
                self._heard = self._receiver.rest

    def _keep(self) -> None:
        self.transfers += 1
        got = self._receiver.got
        self.slot = got if self._receiver.has_names else got.rstrip(b"\x1a")
        if self.temper.corrupts_writes:
            self.temper.corrupts_writes -= 1
            self.slot = b"\xff" + self.slot[1:]
        self._enter("boot", f"{self._slot_line()}\r\nboot> ")

    def _slot_line(self) -> str:
        if not self.slot:
            return "slot empty"
        start = self.temper.refuses_start
        if start and self.slot.startswith(start):
            return "slot refused: wrong board"
        digest = self.temper.shows_digest or hashlib.sha256(self.slot).hexdigest()
        return f"slot ok sha256 {digest} length {len(self.slot)}"

    def unplug(self) -> None:
        """Pull the cable; may be done twice."""
        if self._thread.is_alive():
            os.write(self._stop, b"x")
            self._thread.join(5.0)
        for descriptor in (self._master, self._slave, self._stop_read, self._stop):
            with suppress(OSError):
                os.close(descriptor)
        self._master = self._slave = self._stop_read = self._stop = -1


def build_id_of(image: bytes) -> str:
    """Return the build id that a fake board shows for these bytes."""
    return hashlib.sha1(image).hexdigest()


def an_image(data: bytes = b"image one " * 300) -> ImageFile:
    """Return an image of these bytes, for the fake board."""
    facts = Image(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        version="1.1.0",
        board="nano-v2",
        revisions=("b",),
        build_id=build_id_of(data),
    )
    return ImageFile(facts=facts, data=data)


def an_entry() -> Entry:
    """Return how the board of rigs/virtual.yaml is stopped in its bootloader."""
    return Entry(
        window=r"boot nano-v2 rev \w+ chip [0-9a-f]+ reset [a-z-]+",
        enter=UPDATE_REQUEST.decode(),
        prompt="boot> ",
        window_timeout_s=2.0,
    )


def a_board(**flasher: object) -> Board:
    """Return the board type of rigs/virtual.yaml with a short patience."""
    spec = FlasherSpec(
        driver="xmodem1k",
        entry=an_entry(),
        run="run\n",
        proof=AskProof(send="slot\n", expect="slot ok sha256 (?P<sha256>[0-9a-f]{64})"),
        timeout_s=5.0,
        options={
            "start": "load\n",
            "accepted": flasher.pop("accepted", "slot ok sha256 [0-9a-f]{64}"),
            "refused": flasher.pop("refused", "slot (?:refused: [a-z ]+|empty)"),
        },
    )
    return Board(
        name="nano-v2",
        baud=115200,
        console=Console(
            prompt="nano> ",
            banner=r"app (?P<version>\S+) build (?P<build_id>[0-9a-f]{40})",
            boot_timeout_s=3.0,
            panic=(r"\*\*\* HARDFAULT \*\*\*",),
            reset=r"boot nano-v2 rev \w+",
        ),
        flasher=replace(spec, **flasher),  # type: ignore[arg-type]
        smoke={},
    )


def a_rig(name: str = "bench-1", **options: str) -> Rig:
    """Return a rig with a command-line switch."""
    return Rig(
        name=name,
        board="nano-v2",
        revision="b",
        serial="/dev/null",
        power=PowerSpec(driver="command", off_s=0.0, options=options),
    )


def no_tool(argv: Sequence[str], deadline_s: float) -> ToolResult:
    """Stand for a machine without tools."""
    return ToolResult(exit_code=127, output=f"{argv[0]}: not found ({deadline_s:g} s)")


def a_context(board: Board, folder: Path, *, rig: Rig | None = None) -> FlasherContext:
    """Return what a flasher for ``board`` is made from."""
    return FlasherContext(
        spec=board.flasher,
        board=board,
        rig=rig or a_rig(),
        clock=SystemClock(),
        run_tool=no_tool,
        folder=folder,
    )


@contextmanager
def in_hand(
    fake: FakeBoard,
    folder: Path,
    *,
    board: Board | None = None,
    on_release: str = "leave",
    run_tool: RunTool | None = None,
) -> Iterator[Session]:
    """Return a session with a fake board; what the lab's composition root does, in small."""
    board = board or a_board()
    clock = SystemClock()
    rig = replace(a_rig(), on_release=OnRelease(on_release))
    detectors = [Detector(kind=AlarmKind.PANIC, pattern=text) for text in board.console.panic]
    watch = Watch(detectors, reset=board.console.reset)
    record = Transcript(folder / "bench-1.log", watch=watch, clock=clock)
    line = Line(ByPath(fake.url), rig=rig.name, baud=board.baud, transcript=record, clock=clock)
    wiring = Wiring(
        line=line,
        power=fake,
        flasher=TransferFlasher(a_context(board, folder), DIALECTS[board.flasher.driver]),
        run_tool=run_tool or no_tool,
        reset=fake.reset,
        baseline=an_image,
    )
    session = Session(rig, board, wiring, clock=clock, progress=nobody)
    try:
        yield session
    finally:
        session.release()
        fake.unplug()
