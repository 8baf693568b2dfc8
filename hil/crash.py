"""Crash: what a board says while it dies, in the words of the source."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hil.inventory.detectors import DetectorTable
from hil.inventory.pattern import Pattern
from hil.links.watch import Alarm, AlarmKind
from hil.session import Session
from hil.symbols import Decoded, SymbolFile, Undecoded, decode, symbol_files
from hil.triage.backtrace import find_addresses

_DEADLY = frozenset({AlarmKind.PANIC, AlarmKind.ASSERTION, AlarmKind.WATCHDOG})
_QUIET_S = 0.2
_WITHIN_S = 2.0


def crash_report(
    session: Session,
    alarm: Alarm,
    *,
    tables: Sequence[DetectorTable],
    symbols: Sequence[Path],
    build_id: str | None = None,
) -> tuple[str, ...]:
    """Return the backtrace of an alarm, one line a frame, once the board has said it all.

    Only the ELF file of the very build that the board reports may name functions; where there is
    none, one line says so. Nothing is returned where no table knows the form of its backtraces.
    ``build_id`` is what it reported, where the session has not seen to that itself.
    """
    patterns = [table.backtrace for table in tables if table.backtrace]
    if alarm.kind not in _DEADLY or not patterns:
        return ()
    said = session.line.transcript.settled(alarm.offset, quiet_s=_QUIET_S, within_s=_WITHIN_S)
    addresses = [each for pattern in patterns for each in find_addresses(said, pattern)]
    running = session.running_build if build_id is None else build_id
    match decode(addresses, build_id=running, files=_files(symbols)):
        case Decoded(frames=frames):
            return tuple(frame.sentence() for frame in frames)
        case Undecoded(says=says):
            shown = ", ".join(f"0x{each.address:08x}" for each in addresses)
            return (f"not decoded: {says}" + (f" ({shown})" if shown else ""),)


def shown_build(said: bytes, *, banner: str, starts: Sequence[str]) -> str:
    """Return the build id in the last banner of ``said``, or nothing.

    A banner before the last start does not count: another build may have been started since.
    """
    last_start = max((_last(Pattern(text), said)[0] for text in starts if text), default=0)
    at, groups = _last(Pattern(banner), said)
    return groups.get("build_id", "") if at >= last_start else ""


def _last(pattern: Pattern, said: bytes) -> tuple[int, Mapping[str, str]]:
    at, groups, look_from = -1, dict[str, str](), 0
    while (match := pattern.search(said, look_from)) is not None:
        at, groups, look_from = match.start, dict(match.groups), max(match.end, match.start + 1)
    return at, groups


def _files(paths: Sequence[Path]) -> tuple[SymbolFile, ...]:
    return tuple(dict.fromkeys(file for path in paths for file in symbol_files(path)))
