"""The errors of the lab side, by whose move it is, each with a stable code.

A fault names a suspect, not a culprit: whose fault a failed case is, the campaign finds out by
experiment (see :mod:`hil.triage`).
"""


class HilFault(Exception):
    """The base of all errors of this package; ``hint`` is the next move of whoever reads it.

    ``anchor`` is the part of a failure by which the same failure is known again, where the
    message holds more than that.
    """

    layer = "harness"

    def __init__(self, message: str, *, hint: str, code: str, anchor: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.anchor = anchor or message


class UsageFault(HilFault):
    """The request is wrong: a name, a file, an inventory. No board was touched."""

    layer = "usage"

    def __init__(self, message: str, *, hint: str, code: str = "USAGE") -> None:
        super().__init__(message, hint=hint, code=code)


class RigFault(HilFault):
    """The lab failed: line, power, flasher, or the board did not even reach its bootloader."""

    layer = "rig"


class EnvironmentFault(HilFault):
    """Neither the rig nor the image is at fault: what was asked for is not set up."""

    layer = "environment"


class FlashFault(RigFault):
    """A flash failed, in one of its phases: connect, erase, transfer or verify."""

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        code: str,
        phase: str,
        sent_bytes: int = 0,
        duration_s: float = 0.0,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.phase = phase
        self.sent_bytes = sent_bytes
        self.duration_s = duration_s


class ProductFault(HilFault):
    """The image did not do what it should, as far as one attempt on one rig can tell."""

    layer = "product"


class LinkClosed(RigFault):
    """The far side of a line is gone."""

    def __init__(self, rig: str, url: str, reason: str) -> None:
        super().__init__(
            f"{rig}: {url} closed while in use ({reason})",
            hint=f"check the cable and the supply, then `hil rig check {rig}`",
            code="LINK_CLOSED",
        )


class BoardEnded(LinkClosed):
    """A board that is a program on this host has ended, and its line with it."""

    def __init__(self, rig: str, ended: str, *, log: str) -> None:
        RigFault.__init__(
            self,
            f"{rig}: its program {ended}",
            hint=f"what it said is in {log}; run the rig's `power.run` by hand",
            code="LINK_CLOSED",
        )


class LinkStuck(RigFault):
    """A line takes no more bytes: nothing at its far end reads, or flow control holds it."""

    def __init__(self, rig: str, url: str) -> None:
        super().__init__(
            f"{rig}: {url} takes nothing more",
            hint=f"does the board run? is flow control on? `hil rig check {rig}`",
            code="LINK_STUCK",
        )


class RigBusy(UsageFault):
    """Somebody else holds the lease of a rig that was asked for by name."""

    def __init__(self, rig: str, holder: str) -> None:
        super().__init__(
            f"{rig} is in use by {holder}",
            hint="wait until it is free (`hil rig list`), or take another rig",
            code="RIG_BUSY",
        )


class RigHeld(RigBusy):
    """A person keeps the rig: a hold, which no process ends by ending."""

    def __init__(self, rig: str, held: str, *, hint: str) -> None:
        UsageFault.__init__(self, f"{rig} is {held}", hint=hint, code="RIG_HELD")
