"""Flash by XMODEM-1K into a bootloader that stands at its prompt."""

from hil.errors import FlashFault, ProductFault
from hil.interfaces import ByteLink, Console, Flashed, FlasherContext, ImageFile, Progress
from hil.inventory.board import Exchange
from hil.protocols.xmodem import Sender, State

_SILENCE_S = 10.0


class Xmodem1kFlasher:
    """Flasher for boards whose bootloader receives XMODEM-1K with CRC."""

    def __init__(self, context: FlasherContext) -> None:
        self._spec = context.spec
        self._clock = context.clock
        self._rig = context.rig.name

    def flash(self, image: ImageFile, console: Console, *, progress: Progress) -> Flashed:
        """Transfer ``image`` and wait for the bootloader's word on it.

        Raises:
            FlashFault: FLASH_TRANSFER or FLASH_REFUSED.
        """
        begun_s = self._clock.monotonic()
        since = console.mark()
        stream = console.stream()
        console.send(str(self._spec.options["start"]))
        sender = self._transfer(image.data, stream, progress)
        if sender.state is not State.DONE:
            raise FlashFault(
                f"{self._rig}: transfer {sender.state} after {sender.sent_bytes} of "
                f"{len(image.data)} bytes ({sender.resent_blocks} blocks sent again)",
                hint="the transcript shows the line; `hil rig check` tests it",
                code="FLASH_TRANSFER",
                phase="transfer",
                sent_bytes=sender.sent_bytes,
                duration_s=self._clock.monotonic() - begun_s,
            )
        self._hear_verdict(console, since)
        return Flashed(
            sent_bytes=sender.sent_bytes,
            duration_s=self._clock.monotonic() - begun_s,
            resent_blocks=sender.resent_blocks,
        )

    def _hear_verdict(self, console: Console, since: int) -> None:
        options = self._spec.options
        end = f"(?:(?P<accepted>{options['accepted']})|(?P<refused>{options['refused']}))"
        question = Exchange(send="", expect=end, timeout_s=self._spec.timeout_s)
        try:
            answer = console.ask(question, since=since)
        except ProductFault as error:
            raise FlashFault(
                f"{self._rig}: no word from the bootloader after the transfer: {error.message}",
                hint="the transcript shows the line; `hil rig check` tests it",
                code="FLASH_TRANSFER",
                phase="verify",
            ) from error
        if answer["refused"]:
            raise FlashFault(
                f"{self._rig}: the bootloader said {answer['refused']!r}",
                hint="is the image for this board and revision? `hil image show FILE` tells",
                code="FLASH_REFUSED",
                phase="verify",
            )

    def _transfer(self, image: bytes, stream: ByteLink, progress: Progress) -> Sender:
        sender = Sender(image)
        deadline = self._clock.monotonic() + self._spec.timeout_s
        while not sender.finished:
            silent_at = min(deadline, self._clock.monotonic() + _SILENCE_S)
            heard = stream.read(silent_at)
            if not heard:
                raise FlashFault(
                    f"{self._rig}: no answer from the receiver while {sender.state} "
                    f"({sender.sent_bytes} of {len(image)} bytes)",
                    hint="did the board lose power? the transcript shows its last words",
                    code="FLASH_TRANSFER",
                    phase="transfer",
                    sent_bytes=sender.sent_bytes,
                )
            for byte in heard:
                said = sender.receive(bytes((byte,)))
                if said:
                    stream.write(said)
            progress("flash", sender.sent_bytes / len(image))
        return sender
