"""The virtual board takes images from senders that nobody here wrote: lrzsz ``sx`` and ``sb``."""

import hashlib
import os
import select
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.bench import IMAGES
from tests.virtual.bench import SLOT_BASE, Console, running

pytestmark = pytest.mark.system


SENDERS = {
    "sx, 128 bytes": ("load", ["sx"]),
    "sx, 1 KiB": ("load", ["sx", "-k"]),
    "sb, 128 bytes": ("loady", ["sb"]),
    "sb, 1 KiB": ("loady", ["sb", "-k"]),
    "sb as a stream": ("loadg", ["sb"]),  # it streams to a receiver that calls with G
}


@pytest.mark.parametrize(("command", "sender"), SENDERS.values(), ids=SENDERS)
def test_lrzsz_brings_an_image_onto_the_board(
    command: str, sender: list[str], tmp_path: Path
) -> None:
    image = IMAGES / "nano-v2-1.0.0.bin"
    with running(tmp_path) as rig:
        console = rig.enter_update()
        console.send(command.encode() + b"\r")
        console.until(b"modem ready\r\n")
        said = _send([*sender, str(image)], console)
        console.unread = said + console.unread
        digest = hashlib.sha256(image.read_bytes()).hexdigest()
        assert f"slot ok sha256 {digest}".encode() in console.until(b"boot> ")


def test_the_length_in_block_0_leaves_no_padding_in_the_slot(tmp_path: Path) -> None:
    image = tmp_path / "odd.bin"
    image.write_bytes((IMAGES / "nano-v2-1.0.0.bin").read_bytes()[:5001])
    with running(tmp_path / "rig") as rig:
        console = rig.enter_update()
        console.send(b"loady\r")
        console.until(b"modem ready\r\n")
        _send(["sb", "-k", str(image)], console)
        rig.power("off")
        slot = (tmp_path / "rig" / "flash.bin").read_bytes()[SLOT_BASE:]
    assert slot[:5001] == image.read_bytes()
    assert set(slot[5001:8192]) == {0xFF}


def _send(argv: list[str], console: Console) -> bytes:
    """Relay between ``sx`` on a socket and the board's tty; return what the board said.

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
    heard = b""
    with suppress(ConnectionResetError):  # it ended without having read the board's last words
        while True:
            ready, _, _ = select.select([line, board], [], [], 10.0)
            assert ready, f"neither {argv[0]} nor the board says anything more"
            if line in ready:
                said = ours.recv(4096)
                if not said:
                    break
                console.send(said)
            if board in ready:
                piece = os.read(board, 4096)
                heard += piece
                with suppress(BrokenPipeError):
                    ours.sendall(piece)
    assert sender.wait(10) == 0
    ours.close()
    return heard
