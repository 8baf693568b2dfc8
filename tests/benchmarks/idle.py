"""Idle: what rigs cost on which nothing happens."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import serial

from hil.errors import RigFault
from hil.inventory.pattern import Pattern
from hil.links.line import Line
from hil.links.transcript import Cursor
from tests.benchmarks.bare import bare_port
from tests.benchmarks.bench import a_pty, our_line
from tests.benchmarks.sample import Sample, sample_of

_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Idling:
    """So many idle rigs of one kind: CPU time of the process as percent of one core."""

    who: str
    rigs: int
    seconds: float
    percent_of_a_core: Sample


@contextmanager
def our_rigs(paths: list[str], folder: Path) -> Iterator[None]:
    """Our lines, open, nobody waiting."""
    with ExitStack() as stack:
        for at, path in enumerate(paths):
            stack.enter_context(our_line(path, folder / f"rig-{at}"))
        yield


@contextmanager
def our_rigs_waited_for(paths: list[str], folder: Path) -> Iterator[None]:
    """Our lines, on each a test that waits for a word that does not come."""

    def wait(line: Line) -> None:
        with suppress(RigFault):  # closed at the end of the measurement
            line.expect(Pattern("never"), since=Cursor(0), timeout_s=3600)

    waiting = []
    with ExitStack() as stack:
        for at, path in enumerate(paths):
            line = stack.enter_context(our_line(path, folder / f"rig-{at}"))
            waiting.append(threading.Thread(target=wait, args=(line,), daemon=True))
            waiting[-1].start()
        yield
    for thread in waiting:
        thread.join(5.0)


@contextmanager
def bare_rigs(paths: list[str], folder: Path) -> Iterator[None]:
    """Bare pyserial: a thread per port that reads with a timeout of 50 ms, as harnesses do."""
    over = threading.Event()

    def read(port: serial.Serial) -> None:
        while not over.is_set():
            port.read(port.in_waiting or 1)

    with ExitStack() as stack:
        for path in paths:
            port = stack.enter_context(bare_port(path, timeout_s=_POLL_S))
            thread = threading.Thread(target=read, args=(port,), daemon=True)
            thread.start()
            stack.callback(thread.join, 5.0)
        stack.callback(over.set)
        yield


KINDS: dict[str, Callable[[list[str], Path], AbstractContextManager[None]]] = {
    "ours: lines open": our_rigs,
    "ours: a wait on each": our_rigs_waited_for,
    "bare pyserial, threads, timeout 50 ms": bare_rigs,
}


def measure_idle(folder: Path, *, rigs: int, seconds: float, rounds: int) -> list[Idling]:
    """Measure every kind of idle rig for ``seconds``, ``rounds`` times, interleaved."""
    taken: dict[str, list[float]] = {who: [] for who in KINDS}
    for number in range(rounds):
        for at, (who, kind) in enumerate(KINDS.items()):
            with ExitStack() as stack:
                paths = [stack.enter_context(a_pty()).path for _ in range(rigs)]
                stack.enter_context(kind(paths, folder / f"idle-{number}-{at}"))
                taken[who].append(_percent_of_a_core(seconds))
    return [
        Idling(who=who, rigs=rigs, seconds=seconds, percent_of_a_core=sample_of(percents))
        for who, percents in taken.items()
    ]


def _percent_of_a_core(seconds: float) -> float:
    settle_s = min(0.2, seconds)
    time.sleep(settle_s)  # opening and first waits are over
    cpu, wall = time.process_time(), time.monotonic()
    time.sleep(seconds)
    return 100 * (time.process_time() - cpu) / (time.monotonic() - wall)
