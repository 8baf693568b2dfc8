"""A session: one board in the hand, brought to a state, and asked to prove it."""

from dataclasses import replace
from pathlib import Path

import pytest

from hil.errors import ProductFault, RigFault
from hil.inventory.board import Exchange
from hil.inventory.proof import Unproven
from hil.proving import impossible
from tests.support.lab import (
    FakeBoard,
    Temper,
    a_board,
    an_entry,
    an_image,
    build_id_of,
    eventually,
    in_hand,
)

NEW, OLD = an_image(b"new " * 500), an_image(b"old " * 500)
OTHER_BUILD = build_id_of(b"another")


def test_a_board_that_holds_another_image_is_flashed_and_proven(tmp_path: Path) -> None:
    board = FakeBoard(OLD.data)
    with in_hand(board, tmp_path) as session:
        session.load(NEW)
        assert (board.slot, board.transfers) == (NEW.data, 1)
        assert (session.image, session.flash_retries) == (NEW, 0)


def test_a_board_that_shows_the_digest_already_is_not_flashed(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path) as session:
        session.load(NEW)
        assert (board.transfers, session.image) == (0, NEW)


def test_a_board_that_shows_another_digest_after_flashing_is_the_labs_fault(
    tmp_path: Path,
) -> None:
    board = FakeBoard(temper=Temper(shows_digest="f" * 64))
    with in_hand(board, tmp_path) as session:
        with pytest.raises(RigFault, match="the board shows sha256 ffffffffffff") as raised:
            session.load(NEW)
        assert (raised.value.code, board.transfers, session.image) == ("FLASH_VERIFY", 3, None)


def test_a_flash_that_went_wrong_once_is_done_again(tmp_path: Path) -> None:
    board = FakeBoard(temper=Temper(corrupts_writes=1))
    with in_hand(board, tmp_path) as session:
        session.load(NEW)
        assert (board.slot, board.transfers, session.flash_retries) == (NEW.data, 2, 1)


def test_a_board_that_refuses_the_image_says_so(tmp_path: Path) -> None:
    board = FakeBoard(OLD.data, temper=Temper(refuses_start=b"new"))
    with in_hand(board, tmp_path) as session:
        with pytest.raises(RigFault, match="slot refused: wrong board") as raised:
            session.load(NEW)
        assert raised.value.code == "FLASH_REFUSED"


def test_a_silent_board_did_not_reach_its_bootloader(tmp_path: Path) -> None:
    board = FakeBoard(temper=Temper(silent=True))
    impatient = a_board(entry=replace(an_entry(), window_timeout_s=0.05))
    with in_hand(board, tmp_path, board=impatient) as session:
        with pytest.raises(RigFault, match="did not reach its bootloader") as raised:
            session.load(NEW)
        assert (raised.value.code, board.starts) == ("NO_BOOTLOADER", ["power-on"] * 3)


def test_a_board_that_cannot_show_what_it_holds_is_flashed_each_time(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path, board=a_board(proof=Unproven())) as session:
        session.load(NEW)
        assert (board.transfers, session.proven) == (1, False)


def test_the_red_check_sees_red_on_an_honest_board(tmp_path: Path) -> None:
    with in_hand(FakeBoard(NEW.data), tmp_path) as session:
        session.red_check()


def test_the_red_check_catches_a_proof_that_always_agrees(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data, temper=Temper(shows_digest=impossible(None).facts.sha256))
    with in_hand(board, tmp_path) as session:
        with pytest.raises(RigFault, match="taken for proven") as raised:
            session.red_check()
        assert raised.value.code == "RED_CHECK"


def test_the_red_check_catches_a_proof_that_asks_nothing(tmp_path: Path) -> None:
    board = a_board(proof=Unproven())
    with in_hand(FakeBoard(NEW.data), tmp_path, board=board) as session:
        with pytest.raises(RigFault) as raised:
            session.red_check()
        assert raised.value.code == "RED_CHECK"


def test_the_build_on_the_console_is_that_of_the_image(tmp_path: Path) -> None:
    with in_hand(FakeBoard(), tmp_path) as session:
        session.load(NEW)
        session.boot()
        said = session.command(Exchange(send="version\n", expect=r"build (?P<build>\w+)"))
        assert said == {"build": NEW.facts.build_id}


def test_another_build_on_the_console_is_the_products_fault(tmp_path: Path) -> None:
    board = FakeBoard(temper=Temper(shows_build=OTHER_BUILD))
    with in_hand(board, tmp_path) as session:
        session.load(NEW)
        with pytest.raises(ProductFault, match=f"shows build {OTHER_BUILD[:12]}") as raised:
            session.boot()
        assert (raised.value.code, session.phase) == ("WRONG_BUILD", "boot")


def test_an_application_that_never_says_its_banner_did_not_start(tmp_path: Path) -> None:
    board = a_board()
    impatient = replace(board, console=replace(board.console, banner="never", boot_timeout_s=0.05))
    with in_hand(FakeBoard(), tmp_path, board=impatient) as session:
        session.load(NEW)
        with pytest.raises(ProductFault) as raised:
            session.boot()
        assert (raised.value.code, raised.value.anchor) == ("NOT_SEEN", "never")


def test_a_board_starts_by_its_supply_and_by_its_pin(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path) as session:
        session.boot(since=session.power_cycle())
        session.boot(since=session.reset())
        assert board.starts == ["power-on", "pin"]
        assert session.line.transcript.watch.first(0) is None


def test_a_start_nobody_asked_for_ends_a_question(tmp_path: Path) -> None:
    with in_hand(FakeBoard(NEW.data), tmp_path) as session:
        session.boot(since=session.power_cycle())
        with pytest.raises(ProductFault) as raised:
            session.command(Exchange(send="reboot\n", expect="x"))
        assert raised.value.code == "UNEXPECTED_RESET"


def test_a_wrong_answer_is_told_with_what_was_asked(tmp_path: Path) -> None:
    with in_hand(FakeBoard(NEW.data), tmp_path) as session:
        session.boot(since=session.power_cycle())
        with pytest.raises(ProductFault, match="asked 'dance', the board answered") as raised:
            session.command(Exchange(send="dance\n", expect="selftest PASS"))
        assert (raised.value.code, raised.value.anchor) == ("WRONG_ANSWER", "unknown command")


def test_an_old_answer_answers_no_new_question(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path) as session:
        session.boot(since=session.power_cycle())
        before = session.mark()
        board.say("selftest PASS\r\n")
        assert eventually(lambda: session.mark() > before)
        with pytest.raises(ProductFault):
            session.ask(Exchange(send="", expect="PASS", timeout_s=0.01))


@pytest.mark.parametrize(("on_release", "is_off"), [("power_off", True), ("leave", False)])
def test_a_rig_is_left_as_its_inventory_says(
    tmp_path: Path,
    on_release: str,
    is_off: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path, on_release=on_release) as session:
        session.boot(since=session.power_cycle())
    assert board.is_off is is_off


def test_a_cable_that_is_pulled_is_the_labs_fault(tmp_path: Path) -> None:
    board = FakeBoard(NEW.data)
    with in_hand(board, tmp_path) as session:
        session.boot(since=session.power_cycle())
        board.unplug()
        with pytest.raises(RigFault) as raised:
            session.command(Exchange(send="selftest\n", expect="PASS"))
        assert raised.value.code == "LINK_CLOSED"
