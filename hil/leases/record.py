"""Record: a small file beside the locks that several users of one host read and write."""

import hashlib
import os
from contextlib import ExitStack, suppress
from pathlib import Path


def path_of(folder: Path, identity: str, kind: str) -> Path:
    """Return the file of a resource: its ``lock``, or its ``hold``."""
    return folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}.{kind}"


def open_record(path: Path, stack: ExitStack) -> int:
    """Open a record for all users, made if need be; the descriptor lives as long as ``stack``."""
    # Not O_CREAT first: Linux refuses that on another user's file in a sticky folder.
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        with suppress(PermissionError):
            path.chmod(0o666)
    stack.callback(os.close, descriptor)
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Take the kernel's lock of an open record, or return False at once."""
    import fcntl  # noqa: PLC0415 (absent on Windows, where this module must still import)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int) -> None:
    """Take the kernel's lock of an open record; its holders keep it for an instant only."""
    import fcntl  # noqa: PLC0415 (as above)

    fcntl.flock(descriptor, fcntl.LOCK_EX)
