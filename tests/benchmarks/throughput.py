"""Throughput: how fast a long log passes through a console, and what it costs."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.inventory.pattern import Pattern
from hil.links.transcript import Cursor
from tests.benchmarks.bare import bare_port, discard, read_lines_until, read_until
from tests.benchmarks.bench import BoardProcess, a_board, a_pty, our_line
from tests.benchmarks.board import LAST_WORDS, log_of
from tests.benchmarks.sample import Sample, sample_of

_DEADLINE_S = 600.0
_READ_BYTES = 4095  # the most that one read of a pty returns
_LAST = Pattern(LAST_WORDS.decode())
Reader = Callable[[str, int, BoardProcess, Path], int]
"""Reads from a path that many bytes, tells the board to begin, returns when it saw the end (ns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One reader, one size of the log, one size of its pieces."""

    who: str
    size_bytes: int
    piece_bytes: int
    mb_per_s: Sample  # 10**6 bytes
    cpu_s_per_mb: Sample


def ours(path: str, size: int, board: BoardProcess, folder: Path) -> int:
    """Our line, with its transcript on disk and twenty detectors."""
    with our_line(path, folder) as line:
        board.begin()
        line.expect(_LAST, since=Cursor(0), timeout_s=_DEADLINE_S)
        return time.monotonic_ns()


def bare_loop(path: str, size: int, board: BoardProcess, folder: Path) -> int:
    """The bare loop: read what waits, keep a tail, search it."""
    with bare_port(path, timeout_s=1.0) as port:
        board.begin()
        return read_until(port, re.compile(re.escape(LAST_WORDS)))[0]


def bare_readline(path: str, size: int, board: BoardProcess, folder: Path) -> int:
    """Read by pyserial's ``readline``, two system calls a byte."""
    with bare_port(path, timeout_s=1.0) as port:
        board.begin()
        return read_lines_until(port, LAST_WORDS)


def nobody(path: str, size: int, board: BoardProcess, folder: Path) -> int:
    """Throw everything away: the speed of the writer and of the pty."""
    board.begin()
    return discard(path, size)


OURS = "ours: line, transcript, 20 detectors"
FED = "ours: every piece by itself, no port"
READERS: dict[str, Reader] = {
    OURS: ours,
    "bare pyserial, in_waiting loop": bare_loop,
    "bare pyserial, readline": bare_readline,
    "nobody: writer and pty alone": nobody,
}
SLOW = {"bare pyserial, readline": 1_000_000}
"""Readers that get a smaller log, in bytes: the full one would take a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The logs to send: their sizes and the sizes of their pieces in bytes, and how often."""

    sizes: tuple[int, ...]
    pieces: tuple[int, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class _Cell:
    who: str
    size: int
    piece: int


def measure_throughput(folder: Path, logs: Logs, *, say: Callable[[str], None]) -> list[Passage]:
    """Measure every reader; rounds are interleaved, so that a busy minute hits all alike."""
    cells = _cells(logs)
    taken: dict[_Cell, list[tuple[float, float]]] = {cell: [] for cell in cells}
    for number in range(logs.rounds):
        for at, cell in enumerate(cells):
            place = folder / f"passage-{number}-{at}"
            place.mkdir(parents=True)
            taken[cell].append(_fed(cell, place) if cell.who == FED else _passed(cell, place))
            shutil.rmtree(place)
            say(f"{cell.who}, {cell.size} in {cell.piece}: {taken[cell][-1][0]:.3f} s")
    return [
        Passage(
            who=cell.who,
            size_bytes=cell.size,
            piece_bytes=cell.piece,
            mb_per_s=sample_of(cell.size / seconds / 1e6 for seconds, _ in taken[cell]),
            cpu_s_per_mb=sample_of(cpu / cell.size * 1e6 for _, cpu in taken[cell]),
        )
        for cell in cells
    ]


def _cells(logs: Logs) -> list[_Cell]:
    """Return the cells: ours at each size, to show that it is linear; the others at the largest."""
    most = logs.sizes[-1]
    return [
        _Cell(who, min(size, SLOW.get(who, size)), piece)
        for piece in logs.pieces
        for who in (*READERS, FED)
        for size in (logs.sizes if who == OURS else (most,))
    ]


def _passed(cell: _Cell, folder: Path) -> tuple[float, float]:
    """Return the seconds that a log took from a board process to its reader, and our CPU time."""
    task = ("log", str(cell.size), str(cell.piece))
    with a_pty() as pty, a_board(pty, *task) as board:
        cpu = time.process_time()
        seen = READERS[cell.who](pty.path, cell.size, board, folder)
        cpu = time.process_time() - cpu
        took = (seen - board.began_ns()) / 1e9
    if cell.who == OURS:
        _check(folder / "bench.log", cell.size)
    return took, cpu


def _fed(cell: _Cell, folder: Path) -> tuple[float, float]:
    """Return what the transcript takes when a slow line hands over every piece by itself.

    Over a pty, pieces that come while the reader works are read as one.
    """
    log = log_of(cell.size)
    pieces = [log[at : at + min(cell.piece, _READ_BYTES)] for at in _starts(cell)]
    with a_pty() as pty, our_line(pty.path, folder) as line:
        wall, cpu = time.monotonic(), time.process_time()
        for piece in pieces:
            line.transcript.append(piece)
        took = time.monotonic() - wall, time.process_time() - cpu
    _check(folder / "bench.log", cell.size)
    return took


def _starts(cell: _Cell) -> range:
    return range(0, cell.size, min(cell.piece, _READ_BYTES))


def _check(kept: Path, size: int) -> None:
    if kept.read_bytes() != log_of(size):
        raise AssertionError(f"the transcript differs from the log of {size} bytes")
