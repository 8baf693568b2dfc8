"""Transfer: which share of a paced line's capacity a file transfer turns into payload."""

import itertools
import json
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench import Pty, a_pty
from tests.benchmarks.bootloader import RECEIVED, START
from tests.benchmarks.sample import Sample, rounded, sample_of
from tests.benchmarks.senders import Job, Sender

ROOT = Path(__file__).parents[2]
BLOCK_OVERHEAD, ANSWER = 5, 1  # bytes: start, number, its complement, CRC-16; ACK
_PYTHON = {"xmodem": "xmodem", "ymodem": "ymodem", "ymodem-g": "ymodem-g"}
_LRZSZ = {"xmodem": "rx", "ymodem": "rb"}  # lrzsz 0.12.21 cannot ask for a stream
RECEIVERS = {"python": _PYTHON, "lrzsz": _LRZSZ}
Moved = list[tuple[int, int, int]]
"""What the relay moved: when (ns), bytes down, bytes up, sums since the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """A line: its baud, and the latency timer of its adapter."""

    baud: int
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficiency:
    """One sender on one line: payload bytes per second over baud / 10."""

    who: str
    protocol: str
    block_bytes: int
    receiver: str
    baud: int
    latency_ms: float
    size_bytes: int
    steady: Sample
    whole: Sample
    limit: float


def limit_of(sender: Sender, wiring: Wiring) -> float:
    """Return what the protocol allows on that line when neither end needs any time.

    Stop and wait: payload / ((sent + answer) * 10 / baud + latency); a stream pays no answer.
    """
    sent_s = (sender.block_bytes + BLOCK_OVERHEAD) * 10 / wiring.baud
    waits_s = 0.0
    if sender.protocol != "ymodem-g":
        waits_s = ANSWER * 10 / wiring.baud + wiring.latency_ms / 1e3
    return sender.block_bytes * 10 / wiring.baud / (sent_s + waits_s)


def whole_of(moved: Moved, *, size: int, baud: int) -> float:
    """Return the efficiency from the receiver's first request to its last answer, at the host.

    What the bootloader's console says around the transfer is not part of it.
    """
    last = moved[-1][2] - len(RECEIVED)
    began = next(at for at, _, up in moved if up > 0)
    ended = next(at for at, _, up in moved if up >= last)
    return _share(size, ended - began, baud)


def steady_of(moved: Moved, *, block: int, baud: int) -> float:
    """Return the efficiency over the middle 80 % of the wire bytes, in a whole number of blocks."""
    first, total = len(START), moved[-1][1]
    start = first + (total - first) // 10
    blocks = (total - first) * 8 // 10 // (block + BLOCK_OVERHEAD)
    end = start + blocks * (block + BLOCK_OVERHEAD)
    took = _passed_ns(moved, end, baud) - _passed_ns(moved, start, baud)
    return _share(blocks * block, took, baud)


def _passed_ns(moved: Moved, count: int, baud: int) -> float:
    """Return when byte ``count`` had passed: those moved at once came one after another."""
    at, down = next((at, down) for at, down, _ in moved if down >= count)
    return at - (down - count) * 10e9 / baud


def _share(payload: int, took_ns: float, baud: int) -> float:
    return payload / (took_ns / 1e9) / (baud / 10)


def send_once(sender: Sender, wiring: Wiring, *, image: bytes, how: str, folder: Path) -> Moved:
    """Send ``image`` once, compare what arrived, and return what the relay moved."""
    file, log, far = folder / "image.bin", folder / "moved.json", folder / "far"
    far.mkdir(parents=True)
    file.write_bytes(image)
    with a_pty() as pty, a_far_end(pty, wiring, how=how, received=far / file.name, log=log):
        sender.send(Job(path=pty.path, baud=wiring.baud, file=file, folder=folder))
    arrived = (far / file.name).read_bytes()
    if arrived[: len(image)] != image or arrived[len(image) :].strip(b"\x1a"):
        raise AssertionError(f"{sender}: {len(arrived)} bytes arrived, not those that were sent")
    return [(at, down, up) for at, down, up in json.loads(log.read_text("utf-8"))]


@contextmanager
def a_far_end(pty: Pty, wiring: Wiring, *, how: str, received: Path, log: Path) -> Iterator[None]:
    """Run a relay with a bootloader behind it; both end with this."""
    near, far = socket.socketpair()
    with near, far:
        end = far.fileno()
        board = _child("tests.benchmarks.bootloader", end, how, received, passed=[end])
        assert board.stdout
        board.stdout.readline()
        try:
            with a_relay(pty, near, wiring, log=log):
                yield
        finally:
            board.kill()
            board.communicate()


@contextmanager
def a_relay(pty: Pty, near: socket.socket, wiring: Wiring, *, log: Path) -> Iterator[None]:
    """Move bytes between ``pty`` and ``near`` as a line does; what was moved is then in ``log``."""
    ends = [pty.board, near.fileno()]
    latency_ns = int(wiring.latency_ms * 1e6)
    relay = _child("tests.benchmarks.relay", *ends, wiring.baud, latency_ns, log, passed=ends)
    try:
        yield
    finally:
        relay.communicate()


def _child(module: str, *words: object, passed: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=passed,
        cwd=ROOT,
    )


def receivers_of(sender: Sender, names: Sequence[str]) -> list[str]:
    """Return whom ``sender`` sends to: our own senders to foreign programs too, if installed."""
    return [
        name
        for name in names
        if name == "python"
        or (
            sender.who == "ours"
            and sender.protocol in RECEIVERS[name]
            and shutil.which(RECEIVERS[name][sender.protocol])
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send: sizes by baud in bytes, how often, the image's seed, to whom."""

    sizes: dict[int, int]
    rounds: int
    seed: int
    receivers: tuple[str, ...]


def measure_transfers(
    folder: Path,
    senders: Sequence[Sender],
    wirings: Sequence[Wiring],
    *,
    plan: Plan,
    say: Callable[[str], None],
) -> list[Efficiency]:
    """Measure every sender on every line with every receiver that can take it."""
    found: list[Efficiency] = []
    for sender, wiring in itertools.product(senders, wirings):
        for receiver in receivers_of(sender, plan.receivers):
            cell = folder / f"transfer-{len(found)}"
            found.append(_measure(cell, sender, wiring, receiver=receiver, plan=plan))
            say(
                f"{sender.who} {sender.protocol} {sender.block_bytes} to {receiver}, "
                f"{wiring.baud} baud, {wiring.latency_ms:g} ms: "
                f"{found[-1].steady.median:.1%} ({found[-1].whole.median:.1%}) "
                f"of {found[-1].limit:.1%}"
            )
    return found


def _measure(
    folder: Path, sender: Sender, wiring: Wiring, *, receiver: str, plan: Plan
) -> Efficiency:
    image = random.Random(plan.seed).randbytes(plan.sizes[wiring.baud])
    how = RECEIVERS[receiver][sender.protocol]
    moved = [
        send_once(sender, wiring, image=image, how=how, folder=folder / str(number))
        for number in range(plan.rounds)
    ]
    return Efficiency(
        who=sender.who,
        protocol=sender.protocol,
        block_bytes=sender.block_bytes,
        receiver=receiver,
        baud=wiring.baud,
        latency_ms=wiring.latency_ms,
        size_bytes=len(image),
        steady=sample_of(
            steady_of(each, block=sender.block_bytes, baud=wiring.baud) for each in moved
        ),
        whole=sample_of(whole_of(each, size=len(image), baud=wiring.baud) for each in moved),
        limit=rounded(limit_of(sender, wiring)),
    )
