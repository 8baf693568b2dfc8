"""The relay, as a process, against arithmetic: it may be late, never early."""

import os
import socket
import time
from pathlib import Path

from tests.benchmarks.bench import a_pty
from tests.benchmarks.transfer import Wiring, a_relay

BAUD, LATENCY_MS, SIZE = 115200, 16, 2000


def test_bytes_take_their_time_and_an_answer_is_held(tmp_path: Path) -> None:
    near, board = socket.socketpair()
    wiring = Wiring(baud=BAUD, latency_ms=LATENCY_MS)
    with a_pty() as pty, near, board, a_relay(pty, near, wiring, log=tmp_path / "moved.json"):
        host = os.open(pty.path, os.O_RDWR | os.O_NOCTTY)
        began = time.monotonic()
        os.write(host, bytes(SIZE))
        arrived = 0
        while arrived < SIZE:
            arrived += len(board.recv(4096))
            assert time.monotonic() - began >= arrived * 10 / BAUD
        asked = time.monotonic()
        board.sendall(b"\x06")
        assert os.read(host, 10) == b"\x06"
        assert time.monotonic() - asked >= 10 / BAUD + LATENCY_MS / 1e3
        os.close(host)
