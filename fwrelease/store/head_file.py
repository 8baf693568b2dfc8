"""Head file: a copy of the newest hash beside the database, so that a shortened ledger is seen.

It is written after the commit: a crash in between leaves it behind the ledger, never ahead.
"""

import json
import os
from pathlib import Path

from fwrelease.errors import BackendFault
from fwrelease.interfaces import Head


def write_head(path: Path, head: Head) -> None:
    """Put ``head`` into the file durably; a reader sees the old one or the new one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="ascii") as file:
            json.dump({"sequence": head.sequence, "hash": head.hash}, file)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise BackendFault(
            f"{path}: cannot be written: {error.strerror}",
            hint="the ledger itself is committed; make room or mend the permissions",
        ) from error


def read_head(path: Path) -> Head | None:
    """Return the head in the file, or None if there is no such file or it says nothing."""
    try:
        document = json.loads(path.read_bytes())
        return Head(sequence=int(document["sequence"]), hash=str(document["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
