"""XMODEM by script: what the receiver says, and what must go out."""

import binascii

import pytest

from hil.protocols.transfer import Sender, State
from hil.protocols.xmodem import XMODEM, XMODEM_1K

CALL, ACK, NAK, CAN, EOT = b"C", b"\x06", b"\x15", b"\x18", b"\x04"


def a_sender(size_bytes: int = 1030, *, retries: int = 10) -> Sender:
    return Sender(bytes(n % 251 for n in range(size_bytes)), XMODEM_1K, retries=retries)


def talk(sender: Sender, *heard: bytes) -> list[bytes]:
    return [sender.receive(piece) for piece in heard]


def test_nothing_is_sent_before_the_receiver_calls() -> None:
    sender = a_sender()
    assert talk(sender, b"x", ACK, b"Call me\r\n", b"") == [b""] * 4
    assert (sender.state, sender.offer()) == (State.WAITING, b"")


def test_the_call_may_stand_behind_words_of_the_console() -> None:
    (block,) = talk(a_sender(), b"xmodem ready\r\nCC")
    assert block[:1] == b"\x02"


def test_a_block_is_framed_as_the_protocol_says() -> None:
    sender = a_sender()
    (block,) = talk(sender, CALL)
    assert block[:3] == b"\x02\x01\xfe"
    assert block[3:-2] == sender.image[:1024]
    assert block[-2:] == binascii.crc_hqx(sender.image[:1024], 0).to_bytes(2, "big")


def test_a_receiver_that_calls_with_a_nak_gets_sums() -> None:
    sender = Sender(b"ab", XMODEM)
    (block,) = talk(sender, NAK)
    assert block == b"\x01\x01\xfe" + b"ab".ljust(128, b"\x1a") + bytes(
        [(97 + 98 + 126 * 26) % 256]
    )


def test_a_short_rest_goes_as_a_short_block_filled_up() -> None:
    sender = a_sender()
    _, block = talk(sender, CALL, ACK)
    assert (block[:3], len(block)) == (b"\x01\x02\xfd", 133)
    assert block[3:-2] == sender.image[1024:].ljust(128, b"\x1a")


@pytest.mark.parametrize(("rest", "block"), [(1, 128), (128, 128), (129, 1024), (1024, 1024)])
def test_the_smallest_block_that_holds_the_rest_is_taken(rest: int, block: int) -> None:
    (said,) = talk(a_sender(rest), CALL)
    assert len(said) == block + 5


def test_plain_xmodem_has_only_short_blocks() -> None:
    said = talk(Sender(bytes(300), XMODEM), CALL, ACK, ACK, ACK)
    assert [len(block) for block in said] == [133, 133, 133, 1]


def test_the_block_number_starts_over_at_zero() -> None:
    said = talk(a_sender(257 * 1024), CALL, *[ACK] * 256)
    assert [block[1] for block in said[253:]] == [254, 255, 0, 1]


def test_the_end_is_said_until_it_is_heard() -> None:
    sender = a_sender(10)
    assert talk(sender, CALL, ACK, NAK, ACK)[1:] == [EOT, EOT, b""]
    assert (sender.state, sender.sent_bytes, sender.resent_blocks) == (State.DONE, 10, 0)


def test_a_block_that_came_broken_is_sent_again() -> None:
    sender = a_sender()
    first, again = talk(sender, CALL, NAK)
    assert (first, sender.resent_blocks) == (again, 1)


@pytest.mark.parametrize("piece", [b"\x06\x06", b"\x15\x06", b"\x06\x15", b"x\x06y"])
def test_what_is_heard_in_one_piece_is_one_answer(piece: bytes) -> None:
    sender = a_sender(3000)
    _, second = talk(sender, CALL, piece)
    assert (second[1], sender.sent_bytes) == (2, 1024)


def test_a_second_call_is_answered_only_when_no_answer_follows_it() -> None:
    sender = a_sender(2000)
    first, nothing = talk(sender, CALL, CALL)
    assert (nothing, sender.patience_s) == (b"", 0.4)
    assert (sender.silence(), sender.resent_blocks) == (first, 1)
    assert sender.patience_s is None


def test_a_receiver_that_goes_on_calling_is_answered_without_a_silence() -> None:
    sender = a_sender()
    said = talk(sender, *[CALL] * 9)
    assert (said[1:8], said[8]) == ([b""] * 7, said[0])


def test_a_call_in_the_middle_is_noise() -> None:
    sender = a_sender(2000)
    *_, nothing = talk(sender, CALL, ACK, CALL)
    assert (nothing, sender.patience_s, sender.state) == (b"", None, State.SENDING)


@pytest.mark.parametrize("before", [(), (CALL,), (CALL, ACK), (CALL, ACK, ACK)])
@pytest.mark.parametrize("cancel", [(CAN, CAN), (CAN * 8,), (b"x" + CAN, CAN)])
def test_two_cancels_in_a_row_end_the_transfer(
    before: tuple[bytes, ...], cancel: tuple[bytes, ...]
) -> None:
    sender = a_sender()
    talk(sender, *before)
    assert b"".join(talk(sender, *cancel)) == b""
    assert (sender.state, sender.finished) == (State.CANCELLED, True)


def test_one_cancel_is_noise() -> None:
    sender = a_sender()
    talk(sender, CALL, CAN, b"x", CAN)
    assert sender.state is State.SENDING


def test_a_receiver_that_refuses_too_often_is_cancelled() -> None:
    sender = a_sender(retries=2)
    said = talk(sender, CALL, NAK, NAK, NAK)
    assert said[1] == said[2] == said[0]
    assert (said[3], sender.state, sender.finished) == (CAN * 8, State.EXHAUSTED, True)


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


def test_whoever_stops_the_sender_is_given_what_stops_the_receiver() -> None:
    sender = a_sender()
    talk(sender, CALL, ACK)
    assert (sender.cancel(), sender.state) == (CAN * 8, State.ABORTED)
    assert (sender.cancel(), *talk(sender, ACK, NAK)) == (b"", b"", b"")


def test_an_image_of_nothing_ends_at_once() -> None:
    assert talk(Sender(b"", XMODEM), CALL, ACK) == [EOT, b""]
