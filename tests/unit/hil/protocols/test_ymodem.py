"""YMODEM by script: what the receiver says, and what must go out."""

from collections.abc import Callable

import pytest

from hil.protocols.transfer import Sender, State
from hil.protocols.ymodem import YMODEM, YMODEM_G

ACK, NAK, CAN, EOT = b"\x06", b"\x15", b"\x18", b"\x04"
IMAGE = bytes(n % 251 for n in range(2500))


def a_sender(image: bytes = IMAGE) -> Sender:
    return Sender(image, YMODEM, name="nano.bin", retries=2)


def a_stream(image: bytes = IMAGE) -> Sender:
    return Sender(image, YMODEM_G, name="nano.bin", retries=2)


def talk(sender: Sender, *heard: bytes) -> list[bytes]:
    """Return the first four bytes of each answer: they tell one frame from another."""
    return [sender.receive(piece)[:4] for piece in heard]


def frame(number: int, image: bytes = IMAGE) -> bytes:
    start = b"\x02" if number else b"\x01"
    payload = image[(number - 1) * 1024 :][:1] if number else b"n"
    return start + bytes((number, 255 - number)) + payload


NO_MORE = b"\x01\x00\xff\x00"


def test_block_0_says_name_and_length() -> None:
    block = a_sender().receive(b"C")
    assert block[:3] == b"\x01\x00\xff"
    assert block[3:-2] == b"nano.bin\x002500 0 0 0".ljust(128, b"\0")


def test_a_long_name_takes_a_long_block() -> None:
    assert len(Sender(IMAGE, YMODEM, name="n" * 200).receive(b"C")) == 1029


def test_a_whole_transfer_waits_for_no_answer_twice() -> None:
    sender = a_sender()
    said = talk(sender, b"C", ACK + b"C", ACK, ACK, ACK, ACK + b"C", ACK)
    assert said == [frame(0), frame(1), frame(2), frame(3), EOT, NO_MORE, b""]
    assert (sender.state, sender.sent_bytes, sender.resent_blocks) == (State.DONE, 2500, 0)


def test_the_call_for_the_data_may_come_later_than_the_ack() -> None:
    assert talk(a_sender(), b"C", ACK, b"C") == [frame(0), b"", frame(1)]


def test_a_receiver_that_acknowledges_the_name_and_then_lost_patience_gets_the_data() -> None:
    assert talk(a_sender(), b"C", ACK, NAK) == [frame(0), b"", frame(1)]


def test_a_receiver_that_acknowledges_the_name_and_does_not_call_gets_the_data() -> None:
    sender = a_sender()
    talk(sender, b"C", ACK)
    assert (sender.patience_s, sender.silence()[:4]) == (0.3, frame(1))


def to_the_end(sender: Sender) -> None:
    talk(sender, b"C", ACK + b"C", ACK, ACK, ACK)
    assert sender.state is State.ENDING


def test_a_receiver_may_refuse_the_first_end() -> None:
    sender = a_sender()
    to_the_end(sender)
    assert talk(sender, NAK, ACK, b"C", ACK) == [EOT, b"", NO_MORE, b""]
    assert (sender.state, sender.resent_blocks) == (State.DONE, 0)


def test_a_receiver_whose_ack_of_the_end_is_lost_may_just_ask_for_more() -> None:
    sender = a_sender()
    to_the_end(sender)
    assert talk(sender, b"C", ACK) == [NO_MORE, b""]
    assert sender.state is State.DONE


def says_words(sender: Sender) -> bytes:
    return sender.receive(b"slot ok\r\nboot> ")


@pytest.mark.parametrize(
    ("before", "patience_s"), [(ACK, 3.0), (ACK + b"C", 1.0)], ids=["no call", "no ack"]
)
@pytest.mark.parametrize("sign", [says_words, Sender.silence], ids=["words", "silence"])
def test_a_receiver_that_is_back_at_its_prompt_is_done(
    before: bytes, patience_s: float, sign: Callable[[Sender], bytes]
) -> None:
    sender = a_sender()
    to_the_end(sender)
    talk(sender, before)
    assert sender.patience_s == patience_s
    assert (sign(sender), sender.state) == (b"", State.DONE)


def test_a_spoilt_last_block_is_repeated() -> None:
    sender = a_sender()
    to_the_end(sender)
    assert talk(sender, ACK + b"C", NAK, ACK) == [NO_MORE, NO_MORE, b""]


def test_a_stream_waits_only_for_the_call() -> None:
    sender = a_stream()
    assert talk(sender, b"G", b"G") == [frame(0), b""]
    assert sender.state is State.STREAMING
    said = [sender.offer()[:4] for _ in range(5)]
    assert said == [frame(1), frame(2), frame(3), EOT, b""]
    assert talk(sender, ACK + b"G") == [NO_MORE]
    assert (sender.patience_s, sender.silence(), sender.state) == (0.05, b"", State.DONE)


def test_a_receiver_of_a_stream_may_acknowledge_all_that_is_no_data() -> None:
    sender = a_stream(b"x")
    assert talk(sender, b"G", ACK, b"G") == [frame(0, b"x"), b"", b""]
    sender.offer()
    assert sender.offer() == EOT
    assert talk(sender, ACK, b"G", ACK) == [b"", NO_MORE, b""]
    assert sender.state is State.DONE


def test_a_stream_goes_on_whatever_is_acknowledged() -> None:
    sender = a_stream()
    talk(sender, b"G", ACK + b"G")
    sender.offer()
    assert talk(sender, ACK, b"G", b"x", CAN) == [b""] * 4
    assert sender.offer()[:4] == frame(2)


def test_a_receiver_ends_a_stream_by_cancelling() -> None:
    sender = a_stream()
    talk(sender, b"G", ACK + b"G")
    sender.offer()
    assert talk(sender, CAN * 2) == [b""]
    assert (sender.state, sender.offer(), sender.sent_bytes) == (State.CANCELLED, b"", 1024)


def test_a_stream_of_which_a_block_is_refused_is_broken_off() -> None:
    sender = a_stream()
    talk(sender, b"G", ACK + b"G")
    sender.offer()
    assert sender.receive(NAK) == CAN * 8
    assert (sender.state, sender.offer()) == (State.BROKEN, b"")


def test_a_spoilt_name_is_repeated_before_a_stream() -> None:
    assert talk(a_stream(), b"G", NAK, ACK + b"G") == [frame(0), frame(0), b""]


@pytest.mark.parametrize("sender", [a_sender(), a_stream()], ids=["ymodem", "ymodem-g"])
def test_a_receiver_of_the_other_kind_is_not_called_back(sender: Sender) -> None:
    other = b"G" if sender.dialect is YMODEM else b"C"
    assert talk(sender, other, other) == [b"", b""]
    assert sender.state is State.WAITING
