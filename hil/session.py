"""Session: one board in the hand of one process; reach a state, and prove it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from hil import proving
from hil.dialogue import Dialogue
from hil.errors import EnvironmentFault, HilFault, ProductFault, RigFault
from hil.interfaces import Clock, Flashed, Flasher, ImageFile, PowerSwitch, Progress, RunTool
from hil.inventory.board import Board
from hil.inventory.pattern import Pattern, literal
from hil.inventory.proof import Held, NotHeld, ReadBackProof, Unproven
from hil.inventory.rig import OnRelease, Rig
from hil.links.line import Line
from hil.links.transcript import Cursor, Seen

_PROMPT_S = 2.0
_ENTRIES = 3
_FLASHES = 3
_TRANSIENT = frozenset({"FLASH_CONNECT", "FLASH_TRANSFER", "FLASH_VERIFY", "FLASH_REFUSED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What connects the harness to one board."""

    line: Line
    power: PowerSwitch
    flasher: Flasher
    run_tool: RunTool
    reset: Callable[[], None]
    baseline: Callable[[], ImageFile]
    places: Mapping[str, str] = field(default_factory=dict)


class Session(Dialogue):
    """Drives one board. ``phase`` is what it was doing when an error came out of it."""

    def __init__(
        self,
        rig: Rig,
        board: Board,
        wiring: Wiring,
        *,
        clock: Clock,
        progress: Progress,
    ) -> None:
        super().__init__(wiring.line, board)
        self.rig = rig
        self.power = wiring.power
        self.phase = "power"
        self.image: ImageFile | None = None
        self.flash_retries = 0
        self.reported: Flashed | None = None
        self.flasher = wiring.flasher
        self._wiring = wiring
        self._at_prompt = False
        self._shown_build = ""
        self.clock = clock
        self._progress = progress

    # -- reach a state -------------------------------------------------------------------------

    def power_cycle(self) -> Cursor:
        """Cut the supply for as long as the inventory says, and give it back.

        Returns a cursor: what the board says after it, it said after this start.
        """
        self.enter("power")
        self.line.may_vanish()
        self.power.off()
        since = self._expect_start()
        self.power.on()
        self.line.must_be_back()
        return since

    def power_on(self) -> None:
        """Give the board power, and have its line.

        Raises:
            RigFault: the switch or the line does not do as it should.
        """
        self._expect_start()
        self.power.on()
        self.line.must_be_back()

    def reset(self) -> Cursor:
        """Start the board anew without touching its supply; returns a cursor as above."""
        self.enter("reset")
        self.line.may_vanish()  # a reset may restart the program or the adapter behind the line
        since = self._expect_start()
        self._wiring.reset()
        self.line.must_be_back()
        return since

    def _expect_start(self) -> Cursor:
        self._at_prompt = False
        self._shown_build = ""
        self.line.transcript.watch.forget_resets()
        self.line.transcript.watch.expect_reset()
        return self.mark()

    def restart(self) -> None:
        """Reset the board and stop it in its bootloader.

        Raises:
            RigFault: NO_BOOTLOADER, it did not get there in several attempts.
        """
        self._reach_bootloader(self.reset)

    def _reach_bootloader(self, start: Callable[[], Cursor]) -> None:
        attempts = Retrying(
            stop=stop_after_attempt(_ENTRIES),
            retry=retry_if_exception(lambda error: isinstance(error, ProductFault)),
            reraise=True,
        )
        try:
            attempts(self._stop_in_bootloader, start)
        except ProductFault as error:
            raise RigFault(
                f"{self.rig.name}: the board did not reach its bootloader: {error.message}",
                hint="a new board? `flasher.window`, `enter` and `prompt` have to match what it "
                f"says; else `hil rig check {self.rig.name}`: no image can do that alone",
                code="NO_BOOTLOADER",
            ) from error

    def _stop_in_bootloader(self, start: Callable[[], Cursor]) -> None:
        entry = self.board.flasher.entry
        if entry is None:
            start()
            return
        seen = self.line.expect(
            Pattern(entry.window), since=start(), timeout_s=entry.window_timeout_s
        )
        self.send(entry.enter)
        self.line.expect(literal(entry.prompt), since=seen.end, timeout_s=_PROMPT_S)
        self._at_prompt = True

    def load(self, image: ImageFile) -> None:
        """Bring ``image`` onto the board and prove that it is there.

        It is not transferred again where the board itself shows that it holds it.

        Raises:
            RigFault: the board does not hold it after several attempts; the code says why.
        """
        attempts = Retrying(
            stop=stop_after_attempt(_FLASHES),
            retry=retry_if_exception(_is_transient),
            before_sleep=self._count_retry,
            reraise=True,
        )
        self.image = None
        attempts(self._load_once, image)
        self.image = image

    def adopt(self, image: ImageFile) -> None:
        """Take the board as it is, if it shows that it holds ``image``; nothing is flashed.

        Raises:
            EnvironmentFault: NOT_HELD, it shows something else or cannot show anything.
        """
        self._reach_bootloader(self.power_cycle)
        self.enter("verify")
        match self._shown(image):
            case NotHeld(says=says):
                raise EnvironmentFault(
                    f"{self.rig.name} does not hold {image.facts.sha256[:12]}: {says}",
                    hint="run without --no-flash, or flash it first: hil flash",
                    code="NOT_HELD",
                )
            case Held():
                self.image = image

    def _count_retry(self, state: RetryCallState) -> None:
        self.flash_retries += 1
        error = state.outcome.exception() if state.outcome else None
        cause = f"{error.code}: {error.message}" if isinstance(error, HilFault) else str(error)
        self._progress(f"try {state.attempt_number + 1} of {_FLASHES}, after {cause}", 0.0)

    def _load_once(self, image: ImageFile) -> None:
        self._reach_bootloader(self.power_cycle)
        # Reading everything back costs as much as writing it: only cheap proofs are asked first.
        if not isinstance(self.board.flasher.proof, ReadBackProof | Unproven):
            self.enter("verify")
            if isinstance(self._shown(image), Held):
                return
        if self.board.flasher.entry is not None and not self._at_prompt:
            self.restart()
        self.enter("flash")
        self.reported = self.flasher.flash(image, self, progress=self._progress)
        self.prove(image)

    def _shown(self, image: ImageFile) -> Held | NotHeld:
        return proving.shown(self, image, read_back=self._read_back)

    def _read_back(self, size: int) -> bytes:
        proof = self.board.flasher.proof
        assert isinstance(proof, ReadBackProof)
        wiring = self._wiring
        read = proving.read_back_by_tool(
            self, proof, wiring.run_tool, rig=self.rig.name, places=wiring.places
        )
        return read(size)

    def prove(self, image: ImageFile) -> None:
        """Demand that the board shows that it holds ``image``.

        Raises:
            RigFault: FLASH_VERIFY, it shows something else or nothing.
        """
        if not self.proven:
            return
        self.enter("verify")
        match self._shown(image):
            case NotHeld(says=says):
                raise RigFault(
                    f"{self.rig.name}: flashed {image.facts.sha256[:12]}; {says}",
                    hint="a new board? compare address and length in its `proof` with the write; "
                    "else the flash memory or the line of this rig is not to be trusted",
                    code="FLASH_VERIFY",
                )
            case Held():
                pass

    def red_check(self) -> None:
        """Demand, by the code that proves every pass, an identity that no board can have.

        Raises:
            RigFault: the demand was met or could not be made: this harness cannot see red.
        """
        self._reach_bootloader(self.reset)
        try:
            self.prove(proving.impossible(self.image))
        except RigFault as fault:
            if fault.code == "FLASH_VERIFY":
                return
            raise
        raise RigFault(
            f"{self.rig.name}: a digest that no board can have was taken for proven",
            hint="no pass of this campaign counts; does the inventory say how to prove?",
            code="RED_CHECK",
        )

    def boot(self, *, since: Cursor | None = None) -> None:
        """Start the application and demand the build id of the image that was loaded.

        With ``since`` the board was started by something else after that cursor.

        Raises:
            ProductFault: it did not start, or says that it is another build.
        """
        self.enter("boot")
        spec = self.board.console
        if since is None:
            since = self._start_application()
        seen = self.line.expect(Pattern(spec.banner), since=since, timeout_s=spec.boot_timeout_s)
        self._check_build(seen)
        self.line.expect(literal(spec.prompt), since=seen.end, timeout_s=spec.boot_timeout_s)
        self.line.transcript.watch.forget_resets()

    def _start_application(self) -> Cursor:
        if not self.board.flasher.run:
            since = self.reset()
            self.enter("boot")
            return since
        if not self._at_prompt:
            self.restart()
            self.enter("boot")
        since = self.mark()
        self.line.transcript.watch.expect_reset()
        self._at_prompt = False
        self.send(self.board.flasher.run)
        return since

    def _check_build(self, seen: Seen) -> None:
        wanted = self.image.facts.build_id if self.image else ""
        shown = self._shown_build = seen.groups.get("build_id", "")
        if wanted and shown and shown != wanted:
            raise ProductFault(
                f"{self.rig.name}: the console shows build {shown[:12]}, the image is "
                f"{wanted[:12]}",
                hint="the board runs something else than what it was given",
                code="WRONG_BUILD",
            )

    # -- talk ----------------------------------------------------------------------------------

    @property
    def proven(self) -> bool:
        """Whether the board can show which image it holds, and the image says which it is."""
        return not isinstance(self.board.flasher.proof, Unproven)

    @property
    def running_build(self) -> str:
        """The build id that the board has shown since its last start.

        Where it has not come so far, that of the image whose digest it has shown.
        """
        proven = self.image if self.proven else None
        return self._shown_build or (proven.facts.build_id if proven else "")

    def enter(self, phase: str) -> None:
        """Say what comes next; reports and signatures name the phase."""
        self.phase = phase
        self._progress(phase, 0.0)

    def to_prompt(self) -> str:
        """Bring the board to the prompt at which its proof is asked; returns that prompt.

        That is the bootloader's where the YAML says how to enter it, else the application's.
        """
        entry = self.board.flasher.entry
        if entry is not None:
            if not self._at_prompt:
                self.restart()
            return entry.prompt
        spec = self.board.console
        since = self.reset()
        seen = self.line.expect(Pattern(spec.banner), since=since, timeout_s=spec.boot_timeout_s)
        self.line.expect(literal(spec.prompt), since=seen.end, timeout_s=spec.boot_timeout_s)
        return spec.prompt

    @contextmanager
    def hand_over(self) -> Iterator[str]:
        """Leave the port to a tool for a while; yields its path.

        Raises:
            RigFault: this line is no port that a tool could open.
        """
        self._at_prompt = False
        with self.line.hand_over() as path:
            yield path

    def release(self) -> None:
        """Leave the rig as its inventory says, and give the line back."""
        try:
            match self.rig.on_release:
                case OnRelease.POWER_OFF:
                    self.line.may_vanish()
                    self.power.off()
                case OnRelease.BASELINE:
                    self.load(self._wiring.baseline())
                    self.boot()
                case OnRelease.LEAVE:
                    pass
        finally:
            self.line.close()


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, HilFault) and error.code in _TRANSIENT
