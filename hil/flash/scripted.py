"""Flash by a script of steps: any bootloader with a console, such as U-Boot, from YAML alone."""

from contextlib import suppress

from hil.errors import FlashFault, ProductFault, RigFault, UsageFault
from hil.flash.pump import Way, send_image
from hil.flash.transfers import DIALECTS
from hil.interfaces import Console, Flashed, FlasherContext, ImageFile, Progress
from hil.inventory.placeholder import fill, fill_pattern
from hil.inventory.places import image_places
from hil.inventory.steps import (
    Hear,
    Interrupt,
    PowerCycle,
    Reset,
    Say,
    Step,
    StepRefused,
    Transfer,
    parse_steps,
)

_CANCEL = "\x18" * 8
_CODES = {"connect": "FLASH_CONNECT", "verify": "FLASH_VERIFY"}


class ScriptedFlasher:
    """Options: ``steps``; :mod:`hil.inventory.steps` says what each may be."""

    def __init__(self, context: FlasherContext) -> None:
        self._context = context
        try:
            self._steps = parse_steps(context.spec.options.get("steps", ()))
        except StepRefused as refusal:
            raise UsageFault(
                f"{context.board.name}: flasher: {refusal}",
                hint="docs/how-to/add-a-board.md shows each kind of step",
            ) from refusal

    def flash(self, image: ImageFile, console: Console, *, progress: Progress) -> Flashed:
        """Carry out the steps, all within the flasher's ``timeout_s``.

        Raises:
            FlashFault: a step failed; its phase and number say which.
        """
        script = _Script(self._context, image, console, progress)
        try:
            for number, step in enumerate(self._steps, start=1):
                script.do(number, step)
        except BaseException:
            script.abandon()
            raise
        return Flashed(
            sent_bytes=script.sent_bytes,
            duration_s=script.passed_s,
            resent_blocks=script.resent_blocks,
        )


class _Script:
    """The steps of one flash, and where it stands."""

    def __init__(
        self, context: FlasherContext, image: ImageFile, console: Console, progress: Progress
    ) -> None:
        self.sent_bytes = 0
        self.resent_blocks = 0
        self._context = context
        self._image = image.payload
        self._console = console
        self._progress = progress
        self._places = {
            **context.places,
            **image_places(image.payload, at=context.board.image.at),
        }
        self._began_s = context.clock.monotonic()
        self._since = console.mark()
        self._owes_image = False

    @property
    def passed_s(self) -> float:
        """Seconds since the script began."""
        return self._context.clock.monotonic() - self._began_s

    @property
    def _left_s(self) -> float:
        return self._context.spec.timeout_s - self.passed_s

    def do(self, number: int, step: Step) -> None:
        if self._left_s <= 0:
            raise self._fault(number, step, "no time was left for it", "FLASH_TIMEOUT")
        match step:
            case Reset():
                self._since = self._console.reset()
            case PowerCycle():
                self._since = self._console.power_cycle()
            case Interrupt():
                self._hear(number, step, step.expect, shown=step.expect)
                self._console.send(fill(step.send, **self._places))
                self._hear(number, step, step.prompt, shown=step.prompt)
            case Say():
                self._say(step.send)
            case Hear():
                self._converse(number, step)
            case Transfer():
                self._transfer(step)

    def abandon(self) -> None:
        """End a receiver that still waits for the image."""
        if self._owes_image:
            with suppress(RigFault):
                self._console.send(_CANCEL)

    def _say(self, text: str) -> None:
        self._since = self._console.mark()  # what was said before it is no answer to it
        self._owes_image = not self.sent_bytes
        self._console.send(fill(text, **self._places))

    def _converse(self, number: int, step: Hear) -> None:
        if step.send:
            self._say(step.send)
        fails = "|".join(step.fails)
        pattern = f"(?:(?P<hil_right>{step.expect})" + (
            f"|(?P<hil_wrong>{fails}))" if fails else ")"
        )
        said = self._hear(number, step, pattern, shown=step.expect)
        if said.get("hil_wrong"):
            raise self._fault(
                number, step, f"the board said {said['hil_wrong']!r}", "FLASH_REFUSED"
            )

    def _hear(
        self, number: int, step: Hear | Interrupt, pattern: str, *, shown: str
    ) -> dict[str, str]:
        filled = fill_pattern(pattern, **self._places)
        timeout_s = min(step.timeout_s, max(0.0, self._left_s))
        try:
            self._since, groups = self._console.expect(
                filled, since=self._since, timeout_s=timeout_s, shown=shown
            )
        except ProductFault as fault:
            late = self._left_s <= 0 and fault.code == "NOT_SEEN"
            code = "FLASH_TIMEOUT" if late else _CODES.get(step.phase, "FLASH_TRANSFER")
            raise self._fault(number, step, fault.message, code) from fault
        return groups

    def _transfer(self, step: Transfer) -> None:
        way = Way(
            rig=self._context.rig.name,
            clock=self._context.clock,
            baud=self._context.board.baud,
            began_s=self._began_s,
            timeout_s=self._context.spec.timeout_s,
            progress=self._progress,
        )
        # From where the last step ended: a receiver may call once, and at once.
        stream = self._console.stream(since=self._since)
        self._owes_image = False  # the pump itself cancels what it has begun
        sender = send_image(self._image, DIALECTS[step.protocol], stream, way)
        self.sent_bytes, self.resent_blocks = sender.sent_bytes, sender.resent_blocks

    def _fault(self, number: int, step: Step, says: str, code: str) -> FlashFault:
        return FlashFault(
            f"{self._context.rig.name}: step {number} ({_name(step)}): {says}",
            hint="the transcript shows the line; the board's `flasher.steps` hold it"
            + _fails(step),
            code=code,
            phase=step.phase,
            sent_bytes=self.sent_bytes,
            duration_s=self.passed_s,
        )


def _fails(step: Step) -> str:
    fails = step.fails if isinstance(step, Hear) else ()
    return f", with fails: {', '.join(fails)}" if fails else ""


def _name(step: Step) -> str:
    match step:
        case Say(send=send) | Hear(send=send) if send:
            return send.strip()
        case Hear(expect=expect):
            return f"expect {expect}"
        case Transfer(protocol=protocol):
            return f"transfer {protocol}"
        case _:
            return type(step).__name__.lower()
