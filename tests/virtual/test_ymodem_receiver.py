"""The bootloader's YMODEM receiver, block by block and with a sender that others wrote."""

import binascii
import hashlib

import pytest
from ymodem.Protocol import ProtocolType
from ymodem.Socket import ModemSocket

from tests.virtual.bench import IMAGES, SLOT_BASE, Console, image
from tests.virtual.conftest import Bench

ACK, NAK, EOT = b"\x06", b"\x15", b"\x04"
CANCELS = b"\x18" * 8
IMAGE = image("1.0.0")
NO_MORE = bytes(128)


def block(number: int, payload: bytes) -> bytes:
    start = b"\x01" if len(payload) <= 128 else b"\x02"
    full = payload.ljust(128 if len(payload) <= 128 else 1024, b"\x1a")
    crc = binascii.crc_hqx(full, 0).to_bytes(2, "big")
    return start + bytes((number % 256, 255 - number % 256)) + full + crc


def header(length: str) -> bytes:
    return block(0, b"nano.bin\0" + length.encode().ljust(119, b"\0"))


def blocks() -> list[bytes]:
    return [block(at // 1024 + 1, IMAGE[at : at + 1024]) for at in range(0, len(IMAGE), 1024)]


def spoilt(frame: bytes) -> bytes:
    return frame[:40] + bytes((frame[40] ^ 0x20,)) + frame[41:]


def receiving(bench: Bench, command: str) -> Console:
    console = bench().enter_update()
    console.send(command.encode() + b"\r")
    console.until(b"ymodem ready\r\n" + (b"G" if command == "loadg" else b"C"))
    return console


def accept_header(console: Console, length: str = str(len(IMAGE))) -> None:
    console.send(header(length))
    assert console.take(2)[:1] == ACK


def slot_line() -> bytes:
    return f"slot ok sha256 {hashlib.sha256(IMAGE).hexdigest()} ".encode()


def test_a_foreign_sender_brings_an_image_onto_the_board(bench: Bench) -> None:
    console = receiving(bench, "loady")
    console.unread = b"C"
    sender = ModemSocket(console.getc, console.putc, ProtocolType.YMODEM)
    assert sender.send([str(IMAGES / "nano-v2-1.0.0.bin")])
    assert slot_line() in console.until(b"boot> ")


def test_a_stream_is_taken_at_one_go_and_leaves_no_padding(bench: Bench) -> None:
    rig = bench()
    console = rig.enter_update()
    console.send(b"loadg\r")
    console.until(b"ready\r\nG")
    accept_header(console)
    console.send(b"".join(blocks()) + EOT)
    assert console.take(2) == ACK + b"G"
    console.send(block(0, NO_MORE))
    assert console.take(1) == ACK
    assert console.until(b"boot> ").startswith(slot_line())
    flash = (rig.folder / "flash.bin").read_bytes()[SLOT_BASE:]
    end = len(IMAGE)
    assert flash[:end] == IMAGE
    assert set(flash[end : -(-end // 4096) * 4096]) <= {0xFF}


@pytest.mark.parametrize("broken", [spoilt(blocks()[1]), blocks()[2], b"?" * 50, EOT])
def test_a_stream_that_is_not_whole_is_broken_off(bench: Bench, broken: bytes) -> None:
    console = receiving(bench, "loadg")
    accept_header(console)
    console.send(blocks()[0] + broken + b"".join(blocks()[2:]))
    assert console.until(b"boot> ") == CANCELS + b"ymodem broken off\r\nboot> "
    assert console.ask("id", b"boot> ").startswith("boot nano-v2")


def test_a_stream_that_pauses_hears_nothing_and_goes_on(bench: Bench) -> None:
    console = receiving(bench, "loadg")
    accept_header(console)
    console.send(blocks()[0])
    assert console.silence(for_s=1.3) == b""
    console.send(b"".join(blocks()[1:]) + EOT)
    assert console.take(2) == ACK + b"G"


def test_a_spoilt_block_is_asked_for_again(bench: Bench) -> None:
    console = receiving(bench, "loady")
    console.send(spoilt(header(str(len(IMAGE)))))
    assert console.take(1) == NAK
    accept_header(console)
    console.send(spoilt(blocks()[0]))
    assert console.take(1) == NAK
    for frame in [blocks()[0], *blocks()]:  # the first twice, as if its ACK had been lost
        console.send(frame)
        assert console.take(1) == ACK
    console.send(EOT)
    assert console.take(2) == ACK + b"C"
    console.send(block(0, NO_MORE))
    assert slot_line() in console.until(b"boot> ")


def test_an_end_before_the_stated_length_is_noise(bench: Bench) -> None:
    console = receiving(bench, "loady")
    accept_header(console)
    console.send(blocks()[0])
    assert console.take(1) == ACK
    console.send(EOT)
    assert console.take(1) == NAK


@pytest.mark.parametrize("command", ["loady", "loadg"])
def test_an_image_that_does_not_fit_is_refused_before_it_is_sent(
    bench: Bench, command: str
) -> None:
    console = receiving(bench, command)
    console.send(header("196609"))
    assert console.until(b"boot> ") == CANCELS + b"ymodem refused\r\nboot> "


def test_a_sender_without_files_cancels(bench: Bench) -> None:
    console = receiving(bench, "loady")
    console.send(block(0, NO_MORE))
    assert console.until(b"boot> ") == ACK + b"ymodem cancelled\r\nboot> "


def test_a_second_file_is_refused_and_the_first_kept(bench: Bench) -> None:
    console = receiving(bench, "loadg")
    accept_header(console)
    console.send(b"".join(blocks()) + EOT)
    assert console.take(2) == ACK + b"G"
    console.send(header("5"))
    assert console.until(b"boot> ").startswith(CANCELS + slot_line())
