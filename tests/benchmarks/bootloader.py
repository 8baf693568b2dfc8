"""Bootloader: the far end of the transfer benchmarks: a console that receives a file when told to.

``python -m tests.benchmarks.bootloader FD HOW FILE``. It waits for ``load``, receives by HOW into
FILE and says so. HOW is ``xmodem``, ``ymodem`` or ``ymodem-g`` for the receiver beside this file,
``rx`` or ``rb`` for lrzsz, which gets a socket and not a pty: it flushes a tty after its last ACK.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.receiver import Broken, Receiver

START = b"load\r"
RECEIVED, FAILED = b"\r\nreceived\r\n", b"\r\nfailed: "


def receive(line: socket.socket, how: str, file: Path) -> None:
    """Receive one file by ``how``."""
    match how:
        case "rx" | "rb":
            name = [file.name] if how == "rx" else []
            options = ["--xmodem", "--with-crc"] if how == "rx" else ["--overwrite"]
            subprocess.run(
                [how, "--binary", "--quiet", *options, *name],
                stdin=line.fileno(),
                stdout=line.fileno(),
                stderr=subprocess.DEVNULL,
                cwd=file.parent,
                check=True,
            )
        case "xmodem":
            file.write_bytes(Receiver(line, b"C").receive_xmodem())
        case "ymodem":
            file.write_bytes(Receiver(line, b"C").receive_ymodem())
        case _:
            file.write_bytes(Receiver(line, b"G").receive_ymodem())


def serve(line: socket.socket, how: str, file: Path) -> None:
    """Wait for the word, receive, and say how it went."""
    heard = b""
    while not heard.endswith(START):
        heard += line.recv(1)
    try:
        receive(line, how, file)
        line.sendall(RECEIVED)
    except (Broken, subprocess.CalledProcessError) as error:
        line.sendall(FAILED + str(error).encode() + b"\r\n")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as end:
        os.write(1, b"ready\n")
        serve(end, sys.argv[2], Path(sys.argv[3]))
        sys.stdin.readline()  # the socket stays open until the harness has seen the end
