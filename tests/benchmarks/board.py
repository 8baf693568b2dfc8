"""Board: the far end of the console benchmarks, a process of its own that does nothing but write.

``python board.py log FD SIZE PIECE`` writes a log of SIZE bytes in pieces of PIECE bytes;
``python board.py ticks FD COUNT SEED ENDING`` writes lines that carry the time of their writing.
Both wait for a line on standard input, and print the monotonic time (ns) of their first write.
Only modules that start fast are imported: this process is also the ceiling of what can be measured.
"""

import os
import random
import sys
import time

LAST_WORDS = b"END-OF-LOG"


def log_of(size: int) -> bytes:
    """Return a log of exactly ``size`` bytes in lines of about 70, with LAST_WORDS at its end."""
    line = "[{:08d}] sensor {:02d}: temperature 23.{:d} C, battery 3.71 V, state idle\r\n"
    lines = [line.format(at * 10, at % 32, at % 10) for at in range(size // 60 + 1)]
    end = LAST_WORDS + b"\r\n"
    return "".join(lines).encode()[: size - len(end)] + end


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of ``data``; a pty takes what it has room for."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def write_log(descriptor: int, size: int, piece: int) -> None:
    """Write the log when told to, and say when that began."""
    log = log_of(size)
    pieces = [log[at : at + piece] for at in range(0, size, piece)]
    sys.stdin.readline()
    began = time.monotonic_ns()
    for part in pieces:
        write_whole(descriptor, part)
    print(began, flush=True)


def write_ticks(descriptor: int, count: int, seed: int, ending: str) -> None:
    """Write ``tick N NANOSECONDS`` and ``ending``, 5 to 25 ms after one another."""
    pause = random.Random(seed)
    sys.stdin.readline()
    print(time.monotonic_ns(), flush=True)
    for number in range(count):
        time.sleep(pause.uniform(0.005, 0.025))
        os.write(descriptor, f"tick {number} {time.monotonic_ns()}{ending}".encode())


if __name__ == "__main__":
    _, what, fd, *rest = sys.argv
    if what == "log":
        write_log(int(fd), int(rest[0]), int(rest[1]))
    else:
        write_ticks(int(fd), int(rest[0]), int(rest[1]), rest[2].encode().decode("unicode_escape"))
    sys.stdin.readline()  # until the harness has seen all and closes this
