"""The virtual board takes images from a sender that nobody here wrote: lrzsz ``sx``."""

import hashlib
import os
import select
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.bench import IMAGES
from tests.virtual.bench import Console, running

pytestmark = pytest.mark.system


@pytest.mark.parametrize("blocks", [[], ["-k"]], ids=["128 bytes", "1 KiB"])
def test_sx_brings_an_image_onto_the_board(blocks: list[str], tmp_path: Path) -> None:
    image = IMAGES / "nano-v2-1.0.0.bin"
    with running(tmp_path) as rig:
        console = rig.enter_update()
        console.send(b"load\r")
        console.until(b"xmodem ready\r\n")
        said = _send(["sx", *blocks, str(image)], console)
        digest = hashlib.sha256(image.read_bytes()).hexdigest()
        assert f"slot ok sha256 {digest}".encode() in said + console.until(b"boot> ")


def _send(argv: list[str], console: Console) -> bytes:
    """Relay between ``sx`` on a socket and the board's tty; return what came after the transfer.

    Not the tty itself: sx flushes a tty after its last ACK, which stalls the transfer there.
    """
    ours, theirs = socket.socketpair()
    sender = subprocess.Popen(
        argv, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL
    )
    theirs.close()
    board: int = console.port.fileno()
    line: int = ours.fileno()
    ours.sendall(console.unread)
    console.unread = b""
    last = b""
    while sender.poll() is None:
        ready, _, _ = select.select([line, board], [], [], 0.2)
        if line in ready:
            console.send(ours.recv(4096))
        if board in ready:
            last = os.read(board, 4096)
            try:
                ours.sendall(last)
            except BrokenPipeError:
                break  # it has heard the last ACK and ended
    assert sender.wait(10) == 0
    ours.close()
    return last
