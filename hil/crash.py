"""Crash: what a board says while it dies, in the words of the source."""

from collections.abc import Sequence
from pathlib import Path

from hil.inventory.detectors import DetectorTable
from hil.links.watch import Alarm, AlarmKind
from hil.session import Session
from hil.symbols import Decoded, SymbolFile, Undecoded, decode, symbol_files
from hil.triage.backtrace import find_addresses

_DEADLY = frozenset({AlarmKind.PANIC, AlarmKind.ASSERTION, AlarmKind.WATCHDOG})
_QUIET_S = 0.2
_WITHIN_S = 2.0


def crash_report(
    session: Session, alarm: Alarm, *, tables: Sequence[DetectorTable], symbols: Sequence[Path]
) -> tuple[str, ...]:
    """Return the backtrace of an alarm, one line a frame, once the board has said it all.

    Only the ELF file of the very build that the board reports may name functions; where there is
    none, one line says so. Nothing is returned where no table knows the form of its backtraces.
    """
    patterns = [table.backtrace for table in tables if table.backtrace]
    if alarm.kind not in _DEADLY or not patterns:
        return ()
    said = session.line.transcript.settled(alarm.offset, quiet_s=_QUIET_S, within_s=_WITHIN_S)
    addresses = [each for pattern in patterns for each in find_addresses(said, pattern)]
    match decode(addresses, build_id=session.running_build, files=_files(symbols)):
        case Decoded(frames=frames):
            return tuple(frame.sentence() for frame in frames)
        case Undecoded(says=says):
            shown = ", ".join(f"0x{each.address:08x}" for each in addresses)
            return (f"not decoded: {says}" + (f" ({shown})" if shown else ""),)


def _files(paths: Sequence[Path]) -> tuple[SymbolFile, ...]:
    return tuple(dict.fromkeys(file for path in paths for file in symbol_files(path)))
