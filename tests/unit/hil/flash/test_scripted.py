"""Flashing by a script of steps, against the board of Python."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hil.errors import FlashFault, UsageFault
from hil.flash.scripted import ScriptedFlasher
from hil.interfaces import Flashed, ImageFile
from hil.inventory.board import Board
from hil.session import Session
from tests.support.lab import FakeBoard, Temper, a_board, a_context, an_image, eventually, in_hand

LOAD = {"send": "load\n", "expect": "xmodem ready\\r\\n", "fails": "unknown command"}
SENT: dict[str, str] = {"transfer": "xmodem1k"}
KEPT = {
    "expect": "slot ok sha256 {sha256} length {size}",
    "fails": ["slot (?:refused: [a-z ]+|empty)"],
    "phase": "verify",
}
ENTER = {"interrupt": {"expect": "boot nano-v2", "send": "\x15boot", "prompt": "boot> "}}
REFUSED = b"other board "


@dataclass
class Bench:
    """A board that is dark, and steps to flash it."""

    fake: FakeBoard
    session: Session
    folder: Path

    def flash(
        self,
        *steps: Any,
        image: ImageFile | None = None,
        timeout_s: float = 20.0,
        stops_at: float = 2.0,
    ) -> Flashed:
        def progress(_phase: str, share: float) -> None:
            if share >= stops_at:
                raise KeyboardInterrupt

        board = a_scripted_board(list(steps), timeout_s)
        flasher = ScriptedFlasher(a_context(board, self.folder))
        return flasher.flash(image or an_image(), self.session, progress=progress)


def a_scripted_board(steps: object, timeout_s: float = 20.0) -> Board:
    spec = a_board().flasher
    spec = replace(spec, driver="scripted", timeout_s=timeout_s, options={"steps": steps})
    return replace(a_board(), flasher=spec)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    fake = FakeBoard(temper=Temper(refuses_start=REFUSED))
    fake.window_s = 5.0
    with in_hand(fake, tmp_path) as session:
        yield Bench(fake, session, tmp_path)


@pytest.mark.parametrize("start", ["power_cycle", "reset"])
def test_steps_bring_the_board_to_its_bootloader_and_flash_it(start: str, bench: Bench) -> None:
    flashed = bench.flash(start, ENTER, LOAD, SENT, KEPT)
    assert flashed.sent_bytes == len(an_image().data)
    bench.session.prove(an_image())


def test_a_board_that_stands_at_its_prompt_needs_no_start(bench: Bench) -> None:
    bench.session._reach_bootloader(bench.session.power_cycle)
    bench.flash(LOAD, {"transfer": "xmodem1k"}, KEPT)
    bench.session.prove(an_image())


def test_an_answer_that_the_board_gave_before_the_question_does_not_count(bench: Bench) -> None:
    with pytest.raises(FlashFault, match=r"step 3 .no-newline-yet.: waited"):
        bench.flash(
            *("power_cycle", ENTER),
            {"send": "no-newline-yet", "expect": "boot nano", "timeout_s": 0.2},
            SENT,
        )


def test_a_word_that_means_no_ends_the_flash_as_refused(bench: Bench) -> None:
    image = an_image(REFUSED * 200)
    with pytest.raises(FlashFault, match="the board said 'slot refused: wrong board") as raised:
        bench.flash("reset", ENTER, LOAD, SENT, KEPT, image=image)
    assert (raised.value.code, raised.value.phase) == ("FLASH_REFUSED", "verify")
    assert raised.value.sent_bytes == len(image.data)


@pytest.mark.parametrize(
    ("steps", "says", "code", "phase"),
    [
        ([ENTER, SENT], "step 2 .interrupt.: waited", "FLASH_CONNECT", "connect"),
        (
            [ENTER, {"send": "loda\n", "expect": "ready", "fails": "unknown command"}, SENT],
            "step 3 .loda.: the board said 'unknown command'",
            "FLASH_REFUSED",
            "connect",
        ),
        (
            [ENTER, LOAD, SENT, {"expect": "Erased", "timeout_s": 0.2, "phase": "erase"}],
            "step 5 .expect Erased.: waited",
            "FLASH_TRANSFER",
            "erase",
        ),
        (
            [ENTER, LOAD, SENT, {"expect": "verified", "timeout_s": 0.2, "phase": "verify"}],
            "step 5 .expect verified.: waited",
            "FLASH_VERIFY",
            "verify",
        ),
    ],
)
def test_a_step_that_fails_is_named_with_its_phase(
    steps: list[Any], says: str, code: str, phase: str, bench: Bench
) -> None:
    if code == "FLASH_CONNECT":
        steps = [{"interrupt": {**ENTER["interrupt"], "expect": "U-Boot", "timeout_s": 0.2}}, SENT]
    with pytest.raises(FlashFault, match=says) as raised:
        bench.flash("reset", *steps)
    assert (raised.value.code, raised.value.phase) == (code, phase)


def test_an_answer_that_does_not_come_is_shown_as_its_step_has_it(bench: Bench) -> None:
    never = {"send": "version\n", "expect": "[n]ever {size}", "fails": ["sorry", "[n]o"]}
    with pytest.raises(FlashFault) as raised:
        bench.flash("reset", ENTER, {**never, "timeout_s": 0.2}, SENT)
    assert "step 3 (version): waited 0.2 s for '[n]ever {size}'; instead: " in raised.value.message
    assert raised.value.hint.endswith("with fails: sorry, [n]o")
    assert "hil_" not in raised.value.message + raised.value.hint


def test_a_board_that_stays_silent_fails_at_the_deadline(bench: Bench) -> None:
    steps = [LOAD, SENT, {"expect": "never said", "timeout_s": 60}]
    with pytest.raises(FlashFault) as raised:
        bench.flash("reset", ENTER, *steps, timeout_s=1.5)
    assert raised.value.code == "FLASH_TIMEOUT"
    with pytest.raises(FlashFault, match=r"step 1 .reset.: no time was left for it") as raised:
        bench.flash("reset", ENTER, SENT, timeout_s=0)
    assert raised.value.code == "FLASH_TIMEOUT"


def test_a_receiver_that_nobody_talks_to_is_a_failed_transfer(bench: Bench) -> None:
    with pytest.raises(FlashFault) as raised:
        bench.flash("reset", ENTER, {"send": "version\n"}, SENT, timeout_s=1.0)
    assert raised.value.code == "FLASH_TIMEOUT"


def test_an_interruption_in_the_transfer_leaves_no_receiver_waiting(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.flash("reset", ENTER, LOAD, SENT, KEPT, stops_at=0.3)
    assert eventually(lambda: bench.fake._mode == "boot")


def test_a_receiver_that_was_started_is_ended_though_the_transfer_never_began(
    bench: Bench,
) -> None:
    never = {"expect": "never said", "timeout_s": 0.2}
    with pytest.raises(FlashFault):
        bench.flash("reset", ENTER, LOAD, never, SENT)
    assert eventually(lambda: bench.fake._mode == "boot")


def test_steps_that_cannot_be_carried_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="nano-v2: flasher: step 1: 'jump': a step is"):
        ScriptedFlasher(a_context(a_scripted_board(["jump"]), tmp_path))
