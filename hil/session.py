"""Session: one board in the hand of one process; reach a state, and prove it."""

from collections.abc import Callable
from dataclasses import dataclass

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from fwrelease.evidence.image import Image
from hil.errors import HilFault, ProductFault, RigFault
from hil.interfaces import Clock, Flasher, PowerSwitch, Progress
from hil.inventory.board import Board, Exchange
from hil.inventory.pattern import Pattern
from hil.inventory.rig import OnRelease, Rig
from hil.links.line import Line, LineStream
from hil.links.transcript import Cursor, Seen

_PROMPT_S = 2.0
_ENTRIES = 3
_FLASHES = 3
_TRANSIENT = frozenset({"FLASH_TRANSFER", "FLASH_VERIFY", "FLASH_REFUSED"})
_NO_BOARD_HAS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image as it is flashed: what it says of itself, and its bytes."""

    facts: Image
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What connects the harness to one board."""

    line: Line
    power: PowerSwitch
    flasher: Flasher


class Session:
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
        self.rig = rig
        self.board = board
        self.line = wiring.line
        self.power = wiring.power
        self.phase = "power"
        self.image: ImageFile | None = None
        self.flash_retries = 0
        self._flasher = wiring.flasher
        self.clock = clock
        self._progress = progress

    # -- reach a state -------------------------------------------------------------------------

    def power_cycle(self) -> Cursor:
        """Cut the supply for as long as the inventory says, and give it back.

        Returns a cursor: what the board says after it, it said after this start.
        """
        self.enter("power")
        self.power.off()
        since = self._expect_start()
        self.power.on()
        return since

    def reset(self) -> Cursor:
        """Start the board anew without touching its supply; returns a cursor as above."""
        self.enter("reset")
        since = self._expect_start()
        self.power.reset()
        return since

    def _expect_start(self) -> Cursor:
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
                hint=f"no image can do that alone; `hil rig check {self.rig.name}`",
                code="NO_BOOTLOADER",
            ) from error

    def _stop_in_bootloader(self, start: Callable[[], Cursor]) -> None:
        spec = self.board.flasher
        seen = self.line.expect(
            Pattern(spec.window), since=start(), timeout_s=spec.window_timeout_s
        )
        self.send(spec.enter)
        self.line.expect(_literal(spec.prompt), since=seen.end, timeout_s=_PROMPT_S)

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

    def _count_retry(self, _: object) -> None:
        self.flash_retries += 1

    def _load_once(self, image: ImageFile) -> None:
        self._reach_bootloader(self.power_cycle)
        self.enter("flash")
        if self.shown_digest() == image.facts.sha256:
            return
        self._flasher.flash(image.data, self, progress=self._progress)
        self.prove(image.facts.sha256)

    def shown_digest(self) -> str | None:
        """Return the digest that the board shows of what it holds, or None."""
        proof = self.board.flasher.proof
        if proof is None:
            return None
        self.enter("verify")
        try:
            return self._converse(proof, self.board.flasher.prompt)["sha256"]
        except ProductFault:
            return None

    def prove(self, sha256: str) -> None:
        """Demand that the board shows ``sha256`` of what it holds.

        Raises:
            RigFault: FLASH_VERIFY, it shows something else or nothing.
        """
        if self.board.flasher.proof is None:
            return
        shown = self.shown_digest()
        if shown != sha256:
            raise RigFault(
                f"{self.rig.name}: flashed {sha256[:12]}, the board shows "
                f"{shown[:12] if shown else 'no digest'}",
                hint="the flash memory or the line of this rig is not to be trusted",
                code="FLASH_VERIFY",
            )

    def red_check(self) -> None:
        """Demand, by the code that proves every pass, an identity that no board can have.

        Raises:
            RigFault: the demand was met or could not be made: this harness cannot see red.
        """
        self.restart()
        try:
            self.prove(_NO_BOARD_HAS)
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
            since = self.mark()
            self.line.transcript.watch.expect_reset()
            self.send(self.board.flasher.run)
        seen = self.line.expect(Pattern(spec.banner), since=since, timeout_s=spec.boot_timeout_s)
        self._check_build(seen)
        self.line.expect(_literal(spec.prompt), since=seen.end, timeout_s=spec.boot_timeout_s)
        self.line.transcript.watch.forget_resets()

    def _check_build(self, seen: Seen) -> None:
        wanted = self.image.facts.build_id if self.image else ""
        shown = seen.groups.get("build_id", "")
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
        return self.board.flasher.proof is not None

    def enter(self, phase: str) -> None:
        """Say what comes next; reports and signatures name the phase."""
        self.phase = phase
        self._progress(phase, 0.0)

    def send(self, text: str) -> None:
        """Send text as it is."""
        self.line.write(text.encode())

    def mark(self) -> Cursor:
        """Return a cursor behind all that the board has said."""
        return self.line.transcript.mark()

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        """Send one question and return the named groups of its answer.

        The answer counts if it was said after ``since``, by default after this call.

        Raises:
            ProductFault: no such answer in time, a panic, or a reset instead.
        """
        cursor = self.mark() if since is None else Cursor(since)
        if exchange.send:
            self.send(exchange.send)
        pattern = Pattern(exchange.expect)
        return self.line.expect(pattern, since=cursor, timeout_s=exchange.timeout_s).groups

    def command(self, exchange: Exchange) -> dict[str, str]:
        """Ask the application one thing; its answer ends where its prompt comes back.

        Raises:
            ProductFault: it answered something else, not at all, or died instead.
        """
        return self._converse(exchange, self.board.console.prompt)

    def _converse(self, exchange: Exchange, prompt: str) -> dict[str, str]:
        since = self.mark()
        self.send(exchange.send)
        seen = self.line.expect(_literal(prompt), since=since, timeout_s=exchange.timeout_s)
        answer = self.line.transcript.since(since)[: seen.end - since - len(prompt)]
        found = Pattern(exchange.expect).search(answer)
        if found is None:
            said = answer.decode("utf-8", "replace").strip()
            raise ProductFault(
                f"asked {exchange.send.strip()!r}, the board answered {_one_line(said)[-300:]!r}",
                hint=f"wanted {exchange.expect!r}; the transcript shows the whole answer",
                code="WRONG_ANSWER",
                anchor=said,
            )
        return dict(found.groups)

    def stream(self) -> LineStream:
        """Return a byte stream that starts with what the board says next."""
        return LineStream(self.line)

    def release(self) -> None:
        """Leave the rig as its inventory says, and give the line back."""
        try:
            if self.rig.on_release is OnRelease.POWER_OFF:
                self.power.off()
        finally:
            self.line.close()


def _one_line(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())


def _literal(text: str) -> Pattern:
    special = frozenset("\\.+*?()|[]{}^$")
    return Pattern("".join(f"\\{char}" if char in special else char for char in text))


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, HilFault) and error.code in _TRANSIENT
