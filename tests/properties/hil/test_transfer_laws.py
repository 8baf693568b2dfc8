"""Laws of XMODEM and YMODEM: the image arrives whole or the transfer says that it did not."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import xmodem
from hypothesis import given, settings
from hypothesis import strategies as st
from ymodem.Protocol import ProtocolType
from ymodem.Socket import ModemSocket

from hil.protocols.transfer import Dialect, Sender, State
from hil.protocols.xmodem import XMODEM, XMODEM_1K
from hil.protocols.ymodem import YMODEM, YMODEM_G
from tests.support.receiver import Ending, Receiver, converse

images = st.binary(min_size=1, max_size=5000)
dialects = st.sampled_from([XMODEM, XMODEM_1K, YMODEM, YMODEM_G])
with_answers = st.sampled_from([XMODEM, XMODEM_1K, YMODEM])
endings = st.sampled_from(Ending)
words = st.sampled_from(
    [b"", b"slot ok sha256 0123\r\nboot> ", b"## Total Size = 0x1388 Bytes\r\n"]
)


def a_receiver(dialect: Dialect, **manners: object) -> Receiver:
    return Receiver(
        call=dialect.call,
        has_names=dialect.name.startswith("ymodem"),
        **manners,  # type: ignore[arg-type]
    )


def is_whole(receiver: Receiver, image: bytes) -> bool:
    if receiver.has_names:
        return receiver.got == image
    return receiver.got[: len(image)] == image and set(receiver.got[len(image) :]) <= {0x1A}


@given(image=images, dialect=dialects, ending=endings, said=words, piece=st.integers(1, 3))
def test_the_image_arrives_whole_however_the_receiver_ends(
    image: bytes, dialect: Dialect, ending: Ending, said: bytes, piece: int
) -> None:
    receiver = a_receiver(dialect, ending=ending, words=said)
    sender = Sender(image, dialect)
    converse(sender, receiver, piece_bytes=piece)
    assert (sender.state, sender.sent_bytes) == (State.DONE, len(image))
    assert receiver.done
    assert is_whole(receiver, image)
    assert sender.resent_blocks == 0


@given(image=images, dialect=with_answers, spoil=st.frozensets(st.integers(0, 12)))
def test_the_image_arrives_whole_though_blocks_arrive_broken(
    image: bytes, dialect: Dialect, spoil: frozenset[int]
) -> None:
    sender, receiver = Sender(image, dialect, retries=20), a_receiver(dialect, spoil=spoil)
    converse(sender, receiver)
    assert sender.state is State.DONE
    assert is_whole(receiver, image)
    assert sender.resent_blocks == len(spoil & set(range(receiver.frames)))


@given(image=images, spoil=st.integers(0, 12))
def test_a_stream_that_loses_a_block_is_never_called_done(image: bytes, spoil: int) -> None:
    receiver = a_receiver(YMODEM_G, spoil=frozenset({spoil}))
    sender = Sender(image, YMODEM_G)
    converse(sender, receiver)
    if 1 <= spoil <= -(-len(image) // 1024):
        assert (sender.state, receiver.failed) == (State.CANCELLED, True)
    else:  # the blocks without data are no part of the stream, and are repeated
        assert (sender.state, receiver.got) == (State.DONE, image)


@given(
    image=images, dialect=dialects, flips=st.dictionaries(st.integers(0, 6000), st.integers(1, 255))
)
def test_whatever_the_line_spoils_a_transfer_that_is_done_brought_the_whole_image(
    image: bytes, dialect: Dialect, flips: dict[int, int]
) -> None:
    receiver = a_receiver(dialect)
    sender = Sender(image, dialect)
    converse(sender, receiver, line=a_line_that_flips(flips))
    assert sender.state is not State.DONE or is_whole(receiver, image)


def a_line_that_flips(flips: dict[int, int]) -> Callable[[bytes], bytes]:
    """Return a line that spoils the bytes at these positions."""
    position = 0

    def carry(said: bytes) -> bytes:
        nonlocal position
        start, position = position, position + len(said)
        return bytes(byte ^ flips.get(start + at, 0) for at, byte in enumerate(said))

    return carry


@given(image=images, dialect=dialects, calls=st.integers(1, 7), piece=st.integers(1, 8))
def test_calls_that_waited_in_a_buffer_do_not_repeat_a_block(
    image: bytes, dialect: Dialect, calls: int, piece: int
) -> None:
    sender, receiver = Sender(image, dialect), a_receiver(dialect)
    converse(sender, receiver, calls=dialect.call * calls, piece_bytes=piece)
    assert (sender.state, sender.resent_blocks) == (State.DONE, 0)
    assert is_whole(receiver, image)


@given(image=images, dialect=dialects, said=st.lists(st.binary(max_size=6), max_size=200))
def test_no_receiver_makes_a_sender_raise_or_say_more_than_its_retries_allow(
    image: bytes, dialect: Dialect, said: list[bytes]
) -> None:
    sender = Sender(image, dialect, retries=3)
    blocks = 2 * (4 + len(image) // min(1024, dialect.block_bytes))
    answers = 0
    for heard in [*said, *[dialect.call, b"\x15", b"C\x06"] * 100]:
        word = sender.receive(heard) or sender.offer()
        answers += bool(word)
        assert len(word) <= 1029
        assert sender.sent_bytes <= len(image)
    assert answers <= blocks * (1 + 3) + 1


@given(image=images, dialect=dialects, heard=st.lists(st.binary(min_size=1, max_size=3)))
def test_a_cancelled_transfer_tells_the_receiver_once_and_says_nothing_more(
    image: bytes, dialect: Dialect, heard: list[bytes]
) -> None:
    sender = Sender(image, dialect)
    for piece in heard:
        sender.receive(piece)
    was_finished = sender.finished
    assert sender.cancel() == (b"" if was_finished else b"\x18" * 8)
    assert (sender.cancel(), sender.offer(), sender.receive(dialect.call)) == (b"", b"", b"")
    assert sender.finished


# -- receivers that others wrote ---------------------------------------------------------------


def a_foreign_end(sender: Sender) -> tuple[Callable[..., bytes | None], Callable[..., int]]:
    """Return what a foreign receiver reads and writes with; nobody waits for anything."""
    line = bytearray()

    def read(size: int, timeout: float | None = 1) -> bytes | None:
        while len(line) < size and (word := sender.offer()):
            line.extend(word)
        got = bytes(line[:size])
        del line[:size]
        return got or None

    def write(data: bytes, timeout: float | None = 1) -> int:
        for byte in bytes(data):
            line.extend(sender.receive(bytes((byte,))))
        return len(data)

    return read, write


@settings(max_examples=30)
@given(image=images, dialect=st.sampled_from([XMODEM, XMODEM_1K]), crc=st.sampled_from([0, 1]))
def test_pypi_xmodem_receives_what_we_send(image: bytes, dialect: Dialect, crc: int) -> None:
    sender = Sender(image, dialect)
    read, write = a_foreign_end(sender)
    got = io.BytesIO()
    modem = xmodem.XMODEM(read, write)
    assert modem.recv(got, crc_mode=crc, retry=2, timeout=0, delay=0, quiet=True)
    assert got.getvalue().startswith(image)
    assert sender.state is State.DONE


@settings(max_examples=15)
@given(image=images)
def test_pypi_ymodem_receives_what_we_send(image: bytes) -> None:
    sender = Sender(image, YMODEM, name="nano.bin")
    read, write = a_foreign_end(sender)
    modem = ModemSocket(read, write, ProtocolType.YMODEM)
    with tempfile.TemporaryDirectory() as folder:
        assert modem.recv(folder)
        assert (Path(folder) / "nano.bin").read_bytes() == image
    assert sender.state is State.DONE
