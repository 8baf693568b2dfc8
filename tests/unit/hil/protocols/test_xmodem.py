"""XMODEM by script: what the receiver says, and what must go out."""

import binascii

import pytest

from hil.protocols.xmodem import Sender, State

CALL, ACK, NAK, CAN = b"C", b"\x06", b"\x15", b"\x18"


def a_sender(size_bytes: int = 1030, *, retries: int = 10) -> Sender:
    return Sender(bytes(n % 251 for n in range(size_bytes)), retries=retries)


def talk(sender: Sender, *heard: bytes) -> list[bytes]:
    return [sender.receive(byte) for byte in heard]


def test_nothing_is_sent_before_the_receiver_calls() -> None:
    sender = a_sender()
    assert talk(sender, b"x", ACK, NAK, b"\r") == [b""] * 4
    assert sender.state is State.WAITING


def test_a_block_is_framed_as_the_protocol_says() -> None:
    sender = a_sender()
    (block,) = talk(sender, CALL)
    assert block[:3] == b"\x02\x01\xfe"
    assert block[3:-2] == sender.image[:1024]
    assert block[-2:] == binascii.crc_hqx(sender.image[:1024], 0).to_bytes(2, "big")


def test_a_short_rest_goes_as_a_short_block_filled_up() -> None:
    sender = a_sender()
    _, block = talk(sender, CALL, ACK)
    assert (block[:3], len(block)) == (b"\x01\x02\xfd", 133)
    assert block[3:-2] == sender.image[1024:].ljust(128, b"\x1a")


@pytest.mark.parametrize(("rest", "block"), [(1, 128), (128, 128), (129, 1024), (1024, 1024)])
def test_the_smallest_block_that_holds_the_rest_is_taken(rest: int, block: int) -> None:
    (said,) = talk(a_sender(rest), CALL)
    assert len(said) == block + 5


def test_the_block_number_starts_over_at_zero() -> None:
    said = talk(a_sender(257 * 1024), CALL, *[ACK] * 256)
    assert [block[1] for block in said[253:]] == [254, 255, 0, 1]


def test_the_end_is_said_until_it_is_heard() -> None:
    sender = a_sender(10)
    assert talk(sender, CALL, ACK, NAK, ACK)[1:] == [b"\x04", b"\x04", b""]
    assert (sender.state, sender.sent_bytes) == (State.DONE, 10)


def test_a_block_that_came_broken_is_sent_again() -> None:
    sender = a_sender()
    first, again = talk(sender, CALL, NAK)
    assert (first, sender.resent_blocks) == (again, 1)


def test_a_late_call_repeats_only_the_first_block() -> None:
    sender = a_sender(2000)
    first, again, second, nothing = talk(sender, CALL, CALL, ACK, CALL)
    assert (first, nothing) == (again, b"")
    assert second[1] == 2


@pytest.mark.parametrize("before", [(), (CALL,), (CALL, ACK), (CALL, ACK, ACK)])
def test_two_cancels_in_a_row_end_the_transfer(before: tuple[bytes, ...]) -> None:
    sender = a_sender()
    talk(sender, *before)
    assert talk(sender, CAN, CAN) == [b"", b""]
    assert (sender.state, sender.finished) == (State.CANCELLED, True)


def test_one_cancel_is_noise() -> None:
    sender = a_sender()
    talk(sender, CALL, CAN, b"x", CAN)
    assert sender.state is State.SENDING


def test_a_receiver_that_refuses_too_often_is_cancelled() -> None:
    sender = a_sender(retries=2)
    said = talk(sender, CALL, NAK, NAK, NAK)
    assert said[1] == said[2] == said[0]
    assert (said[3], sender.state, sender.finished) == (CAN * 3, State.EXHAUSTED, True)


def test_retries_are_counted_for_each_block_anew() -> None:
    sender = a_sender(3000, retries=1)
    talk(sender, CALL, NAK, ACK, NAK, ACK, NAK)
    assert (sender.state, sender.resent_blocks) == (State.SENDING, 3)


@pytest.mark.parametrize("noise", [b"\x00", b"\xff", b"x", b"\r"])
def test_noise_changes_nothing(noise: bytes) -> None:
    sender = a_sender()
    talk(sender, CALL)
    assert sender.receive(noise) == b""
    assert sender.state is State.SENDING
