"""Vault: a directory of files named by the SHA-256 of their bytes."""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fwrelease.errors import BackendFault, IntegrityFault, UsageFault

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileVault:
    """Keeps ``ab/cdef…`` under a root; every read proves that the bytes are the ones put."""

    root: Path

    def put(self, data: bytes) -> str:
        """Keep ``data`` durably and return its digest in lower-case hex; twice is once.

        Raises:
            BackendFault: the disk refused.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        try:
            if not _holds(path, data):
                _write(path, data)
        except OSError as error:
            raise BackendFault(
                f"{path}: cannot be written: {error.strerror}",
                hint="nothing was recorded; make room or mend the permissions, and repeat",
            ) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes whose digest is ``sha256``.

        Raises:
            UsageFault: ``sha256`` is not a digest.
            IntegrityFault: they are not there, or are no longer the bytes that were put.
        """
        if not _DIGEST.fullmatch(sha256):
            raise UsageFault(f"{sha256!r} is not a SHA-256", hint="give all 64 hex digits")
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise IntegrityFault(
                f"{path}: the vault cannot give it back: {error.strerror}",
                hint="restore the file from a copy of the workspace",
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise IntegrityFault(
                f"{path}: its bytes were changed, they no longer match its name",
                hint="restore the file from a copy of the workspace",
            )
        return data

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _write(path: Path, data: bytes) -> None:
    """Write beside, sync, rename, sync the folder: a crash leaves the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    _sync_directory(path.parent)
    _sync_directory(path.parent.parent)


def _sync_directory(directory: Path) -> None:
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
