"""The errors of the release side, by whose move it is.

A rule that says no is a value (see :mod:`fwrelease.gates`), never one of these.
"""


class ReleaseFault(Exception):
    """The base of all errors of this package; ``hint`` is the next move of whoever reads it."""

    code = "RELEASE"

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageFault(ReleaseFault):
    """The request is wrong: a name, a file, an order of steps. Nothing was changed."""

    code = "USAGE"


class IntegrityFault(ReleaseFault):
    """A digest, a signature or the audit chain does not hold. Nothing was changed."""

    code = "INTEGRITY"


class BackendFault(ReleaseFault):
    """The outside failed: a disk, a database, a fleet that does not answer."""

    code = "BACKEND"
