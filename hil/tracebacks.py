"""Tracebacks: what an error of ``hil`` itself leaves for whoever mends it, one file each."""

import os
import tempfile
import traceback
from pathlib import Path

_PREFIX, _SUFFIX = "hil-", ".traceback"


def keep_traceback() -> Path:
    """Keep the traceback of the error that is being handled; returns its file.

    It goes below the default state folder, or where that cannot be written to the temp folder.
    """
    try:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    except Exception:  # noqa: BLE001 (whatever is broken, the first error is not to be lost)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        traceback.print_exc(file=stream)
    return Path(name)


def kept_tracebacks() -> list[Path]:
    """Return those that this state folder keeps; the temp folder has those of strangers too."""
    return list(_folder().glob(f"{_PREFIX}*{_SUFFIX}"))


def _folder() -> Path:
    from hil.app import default_state  # noqa: PLC0415 (the error may be that it does not load)

    return default_state().absolute() / "tracebacks"
