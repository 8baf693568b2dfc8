"""Bundle: what a colleague needs to help from afar, as one ZIP file of bounded size.

Every file in it is text, masked, and the end of the original where that is long; ``manifest.json``
names each with its size and digest, and what was left out and why.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hil.errors import UsageFault
from hil.inventory.mask import mask

_MOST_OF_A_FILE = 256 * 1024
_MOST_OF_ALL = 16 * 1024 * 1024
_WARNING = "what looks like a secret was masked; look through it before you give it away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One file of a bundle; ``cut_bytes`` were left out at its beginning."""

    name: str
    size_bytes: int
    sha256: str
    cut_bytes: int


@dataclass(slots=True)
class Bundle:
    """A bundle in the making, kept in memory until it is written whole."""

    packed: list[Packed] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)
    _size: int = 0

    def add_text(self, name: str, text: str, *, cut_bytes: int = 0) -> None:
        """Add a text under a name of its own."""
        masked = mask(text)
        data = masked.encode("utf-8", "replace")
        if self._size + len(data) > _MOST_OF_ALL:
            self.left_out.append({"name": name, "why": f"more than {_MOST_OF_ALL} bytes in all"})
            return
        self._size += len(data)
        self._texts[name] = masked
        self.packed.append(
            Packed(
                name=name,
                size_bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                cut_bytes=cut_bytes,
            )
        )

    def add_file(self, name: str, path: Path) -> None:
        """Add the end of a file; one that cannot be read is named among those left out."""
        try:
            if path.is_symlink() or not path.is_file():
                self.left_out.append({"name": name, "why": f"{path} is no plain file"})
                return
            with path.open("rb") as stream:
                cut = max(0, os.fstat(stream.fileno()).st_size - _MOST_OF_A_FILE)
                stream.seek(cut)
                text = stream.read(_MOST_OF_A_FILE).decode("utf-8", "replace")
        except OSError as error:
            self.left_out.append({"name": name, "why": str(error)})
            return
        if cut:  # a line that was cut could have lost the word by which a secret is known
            text = text.partition("\n")[2]
        self.add_text(name, text, cut_bytes=cut)

    def add_newest(self, folder: str, paths: Sequence[Path], *, most: int) -> None:
        """Add the newest of several files, and say how many there were more."""
        dated = sorted(((_changed(path), path) for path in paths), reverse=True)
        for number, (_, path) in enumerate(dated[:most]):
            self.add_file(f"{folder}/{number:02d}-{path.name}", path)
        if len(dated) > most:
            why = f"older than the newest {most}"
            self.left_out.append({"name": f"{folder}: {len(dated) - most} files", "why": why})

    def write(self, path: Path, *, made: str) -> dict[str, object]:
        """Write the ZIP file, whole or not at all; returns its manifest.

        Raises:
            UsageFault: there is such a file already, or it cannot be written.
        """
        manifest: dict[str, object] = {
            "schema": 1,
            "made": made,
            "warning": _WARNING,
            "files": [asdict(packed) for packed in self.packed],
            "left_out": self.left_out,
        }
        partial = path.with_name(f"{path.name}.part")
        try:
            if path.exists():
                raise UsageFault(f"{path} is there already", hint="take another name")
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
                for name, text in self._texts.items():
                    archive.writestr(name, text.encode("utf-8", "replace"))
            partial.replace(path)
        except OSError as error:
            raise UsageFault(
                f"{path}: cannot be written: {error}", hint="name a file in a folder of yours"
            ) from error
        return manifest


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
