"""Retention: how long a lab keeps what its boards said, as its inventory says under ``keep``."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hil.inventory.rig import Keep

_SUFFIXES = (".log", ".times")
_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file of the transcripts' folder: its size, and when it was last written (UTC)."""

    path: Path
    size_bytes: int
    written: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """What is to be done: files that go, and files that get another name."""

    delete: tuple[Path, ...]
    rename: tuple[tuple[Path, Path], ...]


def tidying(files: Iterable[Kept], *, current: Path, keep: Keep, now: datetime) -> Tidying:
    """Decide what becomes of the transcripts in a folder before ``current`` is written on.

    A current transcript that has grown beyond ``keep.transcript_mb`` goes on under a new name, its
    times with it; any other that nobody has written to for ``keep.transcripts_days`` goes.
    """
    known = {each.path: each for each in files if each.path.suffix in _SUFFIXES}
    oldest = now - timedelta(days=keep.transcripts_days)
    ours = {current.with_suffix(suffix) for suffix in _SUFFIXES}
    delete = [path for path, each in known.items() if each.written < oldest and path not in ours]
    rename: list[tuple[Path, Path]] = []
    if current in known and known[current].size_bytes > keep.transcript_mb * _MB:
        stem = f"{current.stem}-until-{now:%Y%m%dT%H%M%S}"
        moved = sorted(ours & set(known))
        rename = [(path, path.with_name(stem + path.suffix)) for path in moved]
    return Tidying(delete=tuple(sorted(delete)), rename=tuple(rename))


def tidy(transcript: Path, *, keep: Keep, now: datetime) -> None:
    """Carry the decision out in the folder of ``transcript``; somebody else may be doing so too."""
    found = []
    for path in transcript.parent.glob("*"):
        with suppress(OSError):
            stat = path.stat()
            written = datetime.fromtimestamp(stat.st_mtime, tz=now.tzinfo)
            found.append(Kept(path=path, size_bytes=stat.st_size, written=written))
    plan = tidying(found, current=transcript, keep=keep, now=now)
    for old, new in plan.rename:
        with suppress(OSError):
            old.rename(new)
    for path in plan.delete:
        with suppress(OSError):
            path.unlink()
