"""Flashing by XMODEM and YMODEM, where the line or the bootloader is not kind."""

from pathlib import Path

import pytest

from hil.errors import FlashFault
from tests.support.lab import FakeBoard, Temper, a_board, an_image, in_hand

IMAGE = an_image(b"image " * 1000)


def test_a_receiver_that_cancels_is_told_with_how_far_it_came(tmp_path: Path) -> None:
    board = FakeBoard(temper=Temper(cancels_after_blocks=2))
    with in_hand(board, tmp_path) as session:
        session.restart()
        words = "cancelled by the receiver after 1024 of 6000"
        with pytest.raises(FlashFault, match=words) as raised:
            session.flasher.flash(IMAGE, session, progress=lambda *_: None)
        assert raised.value.code == "FLASH_TRANSFER"


def test_blocks_that_arrive_broken_are_sent_again(tmp_path: Path) -> None:
    board = FakeBoard(temper=Temper(spoils=frozenset({0, 3})))
    with in_hand(board, tmp_path) as session:
        session.load(IMAGE)
        assert (board.slot, session.flash_retries) == (IMAGE.data, 0)


def test_a_bootloader_that_says_nothing_after_the_transfer_is_not_believed(
    tmp_path: Path,
) -> None:
    board = a_board(accepted="never", refused="never either", timeout_s=0.2)
    with in_hand(FakeBoard(), tmp_path, board=board) as session:
        session.restart()
        with pytest.raises(FlashFault, match="no word from the bootloader") as raised:
            session.flasher.flash(IMAGE, session, progress=lambda *_: None)
        fault = raised.value
        assert (fault.code, fault.phase, fault.sent_bytes) == ("FLASH_TIMEOUT", "verify", 6000)


def test_a_board_that_panics_after_the_transfer_fails_it_at_once(tmp_path: Path) -> None:
    board = a_board(accepted="never", refused="slot refused", timeout_s=20.0)
    fake = FakeBoard()
    with in_hand(fake, tmp_path, board=board) as session:
        session.restart()

        def die(_phase: str, share: float) -> None:
            if share == 1.0:
                fake.say("\r\n*** HARDFAULT ***\r\n")

        with pytest.raises(FlashFault, match="HARDFAULT") as raised:
            session.flasher.flash(IMAGE, session, progress=die)
        assert (raised.value.code, raised.value.phase) == ("FLASH_TRANSFER", "verify")
