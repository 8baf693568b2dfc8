"""Laws of XMODEM: the image arrives whole, with receivers of our own and of others."""

import io
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from xmodem import XMODEM

from hil.protocols.xmodem import Sender, State
from tests.support.lab import Receiver

images = st.binary(min_size=1, max_size=5000)
noise = st.binary(max_size=3).filter(lambda text: not set(text) & set(b"C\x06\x15\x18"))


def send(sender: Sender, receiver: Receiver, *, between: Iterator[bytes] | None = None) -> None:
    """Let both talk until the sender is done; ``between`` is what the line adds to each answer."""
    heard = b"C"
    while not sender.finished:
        added = next(between, b"") if between else b""
        said = b"".join(sender.receive(bytes((byte,))) for byte in added + heard)
        heard = receiver.receive(said)
        assert heard or sender.finished, "nobody has anything to say"


@given(image=images, spoil=st.frozensets(st.integers(0, 8)))
def test_the_image_arrives_whole_though_blocks_arrive_broken_once(
    image: bytes, spoil: frozenset[int]
) -> None:
    sender, receiver = Sender(image), Receiver(spoil)
    send(sender, receiver)
    assert receiver.got[: len(image)] == image
    assert set(receiver.got[len(image) :]) <= {0x1A}
    assert (sender.state, sender.sent_bytes) == (State.DONE, len(image))
    assert sender.resent_blocks == len(spoil & set(range(receiver.blocks)))


@given(image=images, added=st.lists(noise, max_size=10))
def test_noise_between_answers_does_not_matter(image: bytes, added: list[bytes]) -> None:
    receiver = Receiver()
    send(Sender(image), receiver, between=iter(added))
    assert receiver.got.startswith(image)


@settings(max_examples=30)
@given(image=images)
def test_another_implementation_receives_what_we_send(image: bytes) -> None:
    sender, line = Sender(image), bytearray()

    def getc(size: int, timeout: float = 1) -> bytes | None:
        got = bytes(line[:size])
        del line[:size]
        return got or None

    def putc(data: bytes, timeout: float = 1) -> int:
        for byte in data:
            line.extend(sender.receive(bytes((byte,))))
        return len(data)

    got = io.BytesIO()
    received = XMODEM(getc, putc).recv(got, crc_mode=1, retry=2, timeout=0, delay=0, quiet=True)
    assert received
    assert got.getvalue().startswith(image)
    assert sender.state is State.DONE


@given(image=images, heard=st.lists(st.sampled_from([b"C", b"\x06", b"\x15", b"\x18", b"x"])))
def test_no_receiver_makes_the_sender_say_more_than_blocks_and_ends(
    image: bytes, heard: list[bytes]
) -> None:
    sender = Sender(image)
    for byte in heard:
        said = sender.receive(byte)
        assert said[:1] in {b"", b"\x01", b"\x02", b"\x04", b"\x18"}
        assert sender.sent_bytes <= len(image)
