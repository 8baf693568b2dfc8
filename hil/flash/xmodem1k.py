"""Flash by XMODEM-1K into a bootloader that stands at its prompt."""

from hil.errors import ProductFault, RigFault
from hil.interfaces import ByteLink, Clock, Console, Progress
from hil.inventory.board import Exchange, FlasherSpec
from hil.protocols.xmodem import Sender, State

_SILENCE_S = 10.0


class Xmodem1kFlasher:
    """Flasher for boards whose bootloader receives XMODEM-1K with CRC."""

    def __init__(self, spec: FlasherSpec, clock: Clock, rig: str) -> None:
        self._spec = spec
        self._clock = clock
        self._rig = rig

    def flash(self, image: bytes, console: Console, *, progress: Progress) -> None:
        """Transfer ``image`` and wait for the bootloader's word on it.

        Raises:
            RigFault: FLASH_TRANSFER or FLASH_REFUSED.
        """
        since = console.mark()
        stream = console.stream()
        console.send(self._spec.start)
        sender = self._transfer(image, stream, progress)
        if sender.state is not State.DONE:
            raise RigFault(
                f"{self._rig}: transfer {sender.state} after {sender.sent_bytes} of {len(image)} "
                f"bytes ({sender.resent_blocks} blocks sent again)",
                hint="the transcript shows the line; `hil rig check` tests it",
                code="FLASH_TRANSFER",
            )
        end = f"(?:(?P<accepted>{self._spec.accepted})|(?P<refused>{self._spec.refused}))"
        question = Exchange(send="", expect=end, timeout_s=self._spec.timeout_s)
        try:
            answer = console.ask(question, since=since)
        except ProductFault as error:
            raise RigFault(
                f"{self._rig}: no word from the bootloader after the transfer: {error.message}",
                hint="the transcript shows the line; `hil rig check` tests it",
                code="FLASH_TRANSFER",
            ) from error
        if answer["refused"]:
            raise RigFault(
                f"{self._rig}: the bootloader said {answer['refused']!r}",
                hint="is the image for this board and revision? `hil image show FILE` tells",
                code="FLASH_REFUSED",
            )

    def _transfer(self, image: bytes, stream: ByteLink, progress: Progress) -> Sender:
        sender = Sender(image)
        deadline = self._clock.monotonic() + self._spec.timeout_s
        while not sender.finished:
            silent_at = min(deadline, self._clock.monotonic() + _SILENCE_S)
            heard = stream.read(silent_at)
            if not heard:
                raise RigFault(
                    f"{self._rig}: no answer from the receiver while {sender.state} "
                    f"({sender.sent_bytes} of {len(image)} bytes)",
                    hint="did the board lose power? the transcript shows its last words",
                    code="FLASH_TRANSFER",
                )
            for byte in heard:
                said = sender.receive(bytes((byte,)))
                if said:
                    stream.write(said)
            progress("flash", sender.sent_bytes / len(image))
        return sender
