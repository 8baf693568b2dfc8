"""Relay: a process between the host's pty and the board's socket that moves bytes as a wire does.

``python -m tests.benchmarks.relay HOST_FD BOARD_FD BAUD LATENCY_NS LOG``. It sleeps to the moment
when the next thing is due and then moves all that has passed, so a late wake-up delays a byte and
never the line. It ends when its standard input does, and leaves what it moved, as JSON, in LOG:
``[[time_ns, bytes down, bytes up], ...]``, sums since the start.
"""

import ctypes
import gc
import json
import os
import select
import sys
import time
from pathlib import Path

from tests.benchmarks.wire import Downstream, Upstream

QUEUE_BYTES = 4096  # what an adapter and its driver take before a write blocks
_GRAIN_NS = 2_000_000  # while much is queued, the board is served at least this often
_PR_SET_TIMERSLACK = 29  # prctl(2): the kernel wakes a sleeper 50 us late unless told otherwise


def relay(host: int, board: int, down: Downstream, up: Upstream) -> list[tuple[int, int, int]]:
    """Move bytes until standard input ends; return when how many had passed."""
    sent, heard = 0, 0
    log = []
    while True:
        now = time.monotonic_ns()
        to_board, to_host = down.take(now), up.take(now)
        if to_board or to_host:
            _write(board, to_board)
            _write(host, to_host)
            sent, heard = sent + len(to_board), heard + len(to_host)
            log.append((now, sent, heard))
        open_ends = [end for end, line in ((host, down), (board, up)) if len(line) < QUEUE_BYTES]
        ready, _, _ = select.select([sys.stdin, *open_ends], [], [], _sleep_s(down, up))
        now = time.monotonic_ns()
        if sys.stdin in ready:
            return log
        if host in ready:
            down.put(os.read(host, QUEUE_BYTES - len(down)), now)
        if board in ready:
            up.put(os.read(board, QUEUE_BYTES - len(up)), now)


def _sleep_s(down: Downstream, up: Upstream) -> float | None:
    now = time.monotonic_ns()
    due = min(down.due_ns(), up.due_ns())
    if due == float("inf"):
        return None
    return max(0.0, min(due - now, _GRAIN_NS)) / 1e9


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    host_fd, board_fd, baud, latency_ns = (int(word) for word in sys.argv[1:5])
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    gc.disable()
    moved = relay(host_fd, board_fd, Downstream(baud), Upstream(baud, latency_ns))
    Path(sys.argv[5]).write_text(json.dumps(moved), encoding="utf-8")
