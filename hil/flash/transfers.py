"""Flash by XMODEM or YMODEM into a bootloader that stands at its prompt."""

from hil.errors import FlashFault, ProductFault
from hil.flash.pump import Way, send_image
from hil.interfaces import Console, Flashed, FlasherContext, ImageFile, Progress
from hil.inventory.board import Exchange
from hil.protocols.transfer import Dialect
from hil.protocols.xmodem import XMODEM, XMODEM_1K
from hil.protocols.ymodem import YMODEM, YMODEM_G

DIALECTS = {one.name: one for one in (XMODEM, XMODEM_1K, YMODEM, YMODEM_G)}
"""What a step ``transfer`` and the entry point ``hil.flash`` call them by."""


class TransferFlasher:
    """Flasher for boards whose bootloader has a command that receives.

    Its options are ``start``, the command; ``accepted`` and ``refused``, the patterns of the
    bootloader's word on what it received.
    """

    def __init__(self, context: FlasherContext, dialect: Dialect) -> None:
        self._context = context
        self._dialect = dialect

    def flash(self, image: ImageFile, console: Console, *, progress: Progress) -> Flashed:
        """Transfer ``image`` and wait for the bootloader's word on it.

        Raises:
            FlashFault: FLASH_CONNECT, FLASH_TRANSFER, FLASH_TIMEOUT or FLASH_REFUSED.
        """
        context = self._context
        way = Way(
            rig=context.rig.name,
            clock=context.clock,
            baud=context.board.baud,
            began_s=context.clock.monotonic(),
            timeout_s=context.spec.timeout_s,
            progress=progress,
        )
        since = console.mark()
        stream = console.stream()
        console.send(str(context.spec.options["start"]))
        sender = send_image(image.payload, self._dialect, stream, way)
        self._hear_verdict(console, since, way, len(image.payload))
        return Flashed(
            sent_bytes=sender.sent_bytes,
            duration_s=way.duration_s,
            resent_blocks=sender.resent_blocks,
        )

    def _hear_verdict(self, console: Console, since: int, way: Way, sent_bytes: int) -> None:
        options = self._context.spec.options
        end = f"(?:(?P<accepted>{options['accepted']})|(?P<refused>{options['refused']}))"
        left_s = max(0.0, way.deadline - way.clock.monotonic())
        try:
            answer = console.ask(Exchange(send="", expect=end, timeout_s=left_s), since=since)
        except ProductFault as error:
            raise FlashFault(
                f"{way.rig}: no word from the bootloader after the transfer: {error.message}",
                hint="do `accepted` and `refused` cover what it says? the transcript shows it",
                code="FLASH_TIMEOUT" if error.code == "NOT_SEEN" else "FLASH_TRANSFER",
                phase="verify",
                sent_bytes=sent_bytes,
                duration_s=way.duration_s,
            ) from error
        if answer["refused"]:
            raise FlashFault(
                f"{way.rig}: the bootloader said {answer['refused']!r}",
                hint="is the image for this board and revision? `hil image show FILE` tells",
                code="FLASH_REFUSED",
                phase="verify",
                sent_bytes=sent_bytes,
                duration_s=way.duration_s,
            )


def xmodem(context: FlasherContext) -> TransferFlasher:
    """Return a flasher that sends blocks of 128 bytes."""
    return TransferFlasher(context, XMODEM)


def xmodem1k(context: FlasherContext) -> TransferFlasher:
    """Return a flasher that sends blocks of 1024 bytes."""
    return TransferFlasher(context, XMODEM_1K)


def ymodem(context: FlasherContext) -> TransferFlasher:
    """Return a flasher that says the length first, and sends blocks of 1024 bytes."""
    return TransferFlasher(context, YMODEM)


def ymodem_g(context: FlasherContext) -> TransferFlasher:
    """Return a flasher that streams: no block is waited for, one that is lost ends it."""
    return TransferFlasher(context, YMODEM_G)
