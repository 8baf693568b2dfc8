"""A command-line flasher for the board of Python, as good or bad as it is told.

``python fake_tool.py HOW PORT IMAGE``: it opens PORT, says "load", sends IMAGE by XMODEM-1K and
prints what such tools print. HOW it goes: ``well``, ``calmly`` (well, but it rests after the first
block), ``wrong`` (says done over other data), ``fail`` (exit 3), ``mute`` (an error that nobody
knows), ``late`` (it spins for ever), ``stubborn`` (it spins once the board answers no more), or
``forks`` (a grandchild in a session of its own ignores every signal that it may).
"""

import os
import signal
import sys
from io import BytesIO
from pathlib import Path
from threading import Event

import serial
from xmodem import XMODEM1k

_REST_S = 0.3  # whoever watches can act in the middle of a flash


def main(how: str, port: str, image: str) -> int:
    """Flash, or fail as told; returns the exit status."""
    data = Path(image).read_bytes()
    print(f"Connecting to {port}", flush=True)
    match how:
        case "fail":
            print("Error: chip id 0x17 is of another board", file=sys.stderr)
            return 3
        case "mute":
            print("it went like this", "and then like that", sep="\n")
            return 9
        case "late" | "forks":
            print("Writing 10%", flush=True)
            stay(how)
        case _:
            send(how, port, b"\xff" + data[1:] if how == "wrong" else data)
    print("done", flush=True)
    return 0


def stay(how: str) -> None:
    """Never end; with ``forks`` in a grandchild that is hard to find and hard to end."""
    if how == "forks" and os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        print(f"pid {os.getpid()}\nWriting 20%", flush=True)
    while True:
        if how == "forks":
            signal.pause()


def send(how: str, port: str, data: bytes) -> None:
    """Say "load" and send ``data`` by XMODEM-1K, with progress."""
    # Not reset_input_buffer() and no exclusive use: a tool takes the port as it finds it.
    with serial.Serial(port, 115200, timeout=0.2 if how == "stubborn" else 2.0) as line:
        line.write(b"load\n")
        blocks = len(data) // 1024 + 1

        def tell(total: int, _good: int, _bad: int) -> None:
            print(f"Writing {min(100, 100 * total // blocks)}%", flush=True)
            if how == "calmly" and total == 1:
                Event().wait(_REST_S)

        def put(piece: bytes, _timeout: float = 1) -> int | None:
            return line.write(piece)

        def get(size: int, _timeout: float = 1) -> bytes | None:
            return line.read(size) or None

        if not XMODEM1k(get, put).send(BytesIO(data), callback=tell):
            if how == "stubborn":
                stay(how)
            sys.exit(4)
        print("Verifying", flush=True)
        verdict = line.read_until(b"> ").decode("utf-8", "replace")
        print(verdict)
        if "refused" in verdict:
            sys.exit(5)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
