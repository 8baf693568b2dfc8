"""Latency: from the board's write of a line until the harness goes on, on one monotonic clock."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.inventory.pattern import Pattern
from tests.benchmarks.bare import bare_port, read_until
from tests.benchmarks.bench import BoardProcess, a_board, a_pty, our_line
from tests.benchmarks.sample import share_below

_DEADLINE_S = 10.0
LINE, PROMPT = r"\r\n", r" nano> "
"""How a tick ends: as a line, or as a prompt behind which nothing more comes."""

Waiter = Callable[[str, int, str, BoardProcess, Path], list[float]]
"""Waits for so many ticks with that ending; returns how late it knew of each, in ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How late one kind of waiter knew what the board had said."""

    who: str
    waited_for: str
    lines: int
    median_ms: float
    p95_ms: float
    most_ms: float


def ours(path: str, count: int, ending: str, board: BoardProcess, folder: Path) -> list[float]:
    """Our ``expect`` behind the last tick, twenty detectors armed."""
    late = []
    with our_line(path, folder) as line:
        since = line.transcript.mark()
        board.begin()
        for number in range(count):
            wanted = Pattern(rf"tick {number} (?P<ns>\d+){ending}")
            seen = line.expect(wanted, since=since, timeout_s=_DEADLINE_S)
            late.append((time.monotonic_ns() - int(seen.groups["ns"])) / 1e6)
            since = seen.end
    return late


def bare_loop(path: str, count: int, ending: str, board: BoardProcess, folder: Path) -> list[float]:
    """The bare loop on a blocking read."""
    late, tail = [], b""
    with bare_port(path, timeout_s=1.0) as port:
        board.begin()
        for number in range(count):
            wanted = re.compile(rf"tick {number} (\d+){ending}".encode())
            seen, found = read_until(port, wanted, tail)
            late.append((seen - int(found[1])) / 1e6)
            tail = found.string[found.end() :]
    return late


WAITERS: dict[str, Waiter] = {"ours: expect": ours, "bare pyserial, in_waiting loop": bare_loop}
ENDINGS = {"a line": LINE, "a prompt without newline": PROMPT}


def measure_latency(folder: Path, *, ticks: int, seed: int) -> list[Delay]:
    """Measure every waiter on ``ticks`` lines and on as many prompts."""
    found: list[Delay] = []
    for what, ending in ENDINGS.items():
        for who, waiter in WAITERS.items():
            place = folder / f"delay-{len(found)}"
            place.mkdir(parents=True)
            with a_pty() as pty, a_board(pty, "ticks", str(ticks), str(seed), ending) as board:
                late = waiter(pty.path, ticks, ending, board, place)
            found.append(
                Delay(
                    who=who,
                    waited_for=what,
                    lines=len(late),
                    median_ms=share_below(late, 0.5),
                    p95_ms=share_below(late, 0.95),
                    most_ms=share_below(late, 1.0),
                )
            )
    return found
