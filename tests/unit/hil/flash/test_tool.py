"""Flashing by a command-line tool, with one that is as bad as it is told."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hil.errors import FlashFault, RigFault, UsageFault
from hil.flash.tool import Ears, ToolFlasher
from hil.interfaces import Flashed
from hil.inventory.board import Board, ImageSpec
from hil.inventory.tool_spec import parse_tool
from hil.session import Session
from tests.support.lab import FakeBoard, Hourglass, a_board, a_context, an_image, in_hand, is_alive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

TOOL = Path(__file__).parents[3] / "support" / "fake_tool.py"
WORDS: dict[str, Any] = {
    "phases": {
        "connect": "Connecting",
        "transfer": r"Writing (?P<percent>\d+)%",
        "verify": "Verifying",
    },
    "errors": {"FLASH_REFUSED": ["of another board"]},
    "install": "pip install fake-tool",
}


@dataclass
class Bench:
    """A board at its bootloader's prompt, and a tool that can flash it."""

    fake: FakeBoard
    session: Session
    folder: Path
    told: list[float] = field(default_factory=list)

    def flash(self, how: str, **options: Any) -> Flashed:
        command = [sys.executable, str(TOOL), how, "{port}", "{image}"]
        board = a_tool_board(**{"command": command, **WORDS, **options})
        return ToolFlasher(a_context(board, self.folder)).flash(
            an_image(), self.session, progress=lambda _, share: self.told.append(share)
        )

    def flash_until(self, how: str, share: float) -> FlashFault:
        """Flash until so much is done; then its time is over."""
        glass = Hourglass()

        def progress(_phase: str, done: float) -> None:
            if done >= share:
                glass.run_out()

        command = [sys.executable, str(TOOL), how, "{port}", "{image}"]
        board = a_tool_board(**WORDS, command=command)
        context = replace(a_context(board, self.folder), clock=glass)
        with pytest.raises(FlashFault) as raised:
            ToolFlasher(context).flash(an_image(), self.session, progress=progress)
        return raised.value


def a_tool_board(timeout_s: float = 60.0, at: int | None = 0x1000, **options: Any) -> Board:
    spec = replace(a_board().flasher, driver="tool", timeout_s=timeout_s, options=options)
    return replace(a_board(), flasher=spec, image=ImageSpec(at=at))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    fake = FakeBoard()
    with in_hand(fake, tmp_path) as session:
        session._reach_bootloader(session.power_cycle)
        yield Bench(fake, session, tmp_path)


def test_a_tool_that_gets_the_line_flashes_and_the_line_comes_back(bench: Bench) -> None:
    flashed = bench.flash("well")
    assert flashed.sent_bytes == len(an_image().data)
    assert bench.told == sorted(bench.told)
    assert bench.told[-1] == 1.0
    bench.session.prove(an_image())


def test_what_a_tool_says_is_kept(bench: Bench) -> None:
    bench.flash("well")
    kept = (bench.folder / "bench-1.flasher.log").read_text().splitlines()
    assert "fake_tool.py well /dev/" in kept[0]
    assert "Verifying" in kept
    assert kept[-1] == "done"


def test_a_done_over_wrong_data_is_seen_by_the_proof(bench: Bench) -> None:
    bench.flash("wrong")
    with pytest.raises(RigFault) as raised:
        bench.session.prove(an_image())
    assert raised.value.code == "FLASH_VERIFY"


def test_words_that_are_known_say_why_it_failed(bench: Bench) -> None:
    with pytest.raises(FlashFault, match="another board") as raised:
        bench.flash("fail")
    assert (raised.value.code, raised.value.phase) == ("FLASH_REFUSED", "connect")


def test_an_exit_status_that_is_known_says_why_it_failed(bench: Bench) -> None:
    with pytest.raises(FlashFault, match="ended with exit 9") as raised:
        bench.flash("mute", exits={"9": "FLASH_CONNECT"})
    assert raised.value.code == "FLASH_CONNECT"


def test_an_unknown_failure_shows_the_last_lines_of_the_tool(bench: Bench) -> None:
    with pytest.raises(FlashFault, match=r"it went like this \| and then like that") as raised:
        bench.flash("mute")
    assert raised.value.code == "FLASH_TOOL"
    assert "bench-1.flasher.log" in raised.value.hint


def test_a_tool_that_spins_is_killed_at_the_deadline(bench: Bench) -> None:
    fault = bench.flash_until("late", 0.1)
    assert "did not end within 60 s and was killed" in fault.message
    assert (fault.code, fault.phase) == ("FLASH_TIMEOUT", "transfer")
    assert fault.sent_bytes == len(an_image().data) // 10


def test_a_tool_that_forks_and_ignores_signals_is_killed_whole(bench: Bench) -> None:
    assert bench.flash_until("forks", 0.2).code == "FLASH_TIMEOUT"
    kept = (bench.folder / "bench-1.flasher.log").read_text()
    assert not is_alive(int(kept.rpartition("pid ")[2].split()[0]))


def test_an_interruption_ends_the_tool_and_gives_the_line_back(bench: Bench) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(_phase: str, share: float) -> None:
        if share >= 0.2:
            raise Interrupted

    command = [sys.executable, str(TOOL), "forks", "{port}", "{image}"]
    flasher = ToolFlasher(a_context(a_tool_board(**WORDS, command=command), bench.folder))
    with pytest.raises(Interrupted):
        flasher.flash(an_image(), bench.session, progress=interrupt)
    bench.session.restart()


def test_the_board_is_reset_just_before_a_tool_that_cannot_do_it(bench: Bench) -> None:
    starts = len(bench.fake.starts)
    command = [sys.executable, "-c", ""]
    bench.flash("", command=command, before="reset")
    bench.flash("", command=command, before="power_cycle")
    bench.flash("", command=command)
    assert bench.fake.starts[starts:] == ["pin", "power-on"]


def test_a_tool_that_is_missing_says_how_to_get_it(bench: Bench) -> None:
    with pytest.raises(FlashFault, match="no such program on this machine") as raised:
        bench.flash("", command=["no-such-flasher"])
    assert (raised.value.code, raised.value.hint) == ("FLASH_TOOL", "pip install fake-tool")
    with pytest.raises(FlashFault, match="no-such-flasher") as raised:
        bench.flash("", command=["sh", "-c", "no-such-flasher"])
    assert (raised.value.code, raised.value.hint) == ("FLASH_TOOL", "pip install fake-tool")


def test_a_tool_gets_the_image_as_bytes_and_as_it_was_given_and_three_free_ports(
    bench: Bench,
) -> None:
    script = 'cmp "$1" "$2" && echo $3 $4 $5 && echo $6'
    ports = "{free_port_1}-{free_port_2}-{free_port_3}"
    words = ["{image}", "{image_file}", "{at}", "{size}", "{baud}", ports]
    bench.flash("", command=["sh", "-c", script, "sh", *words])
    *_, said, numbers = (bench.folder / "bench-1.flasher.log").read_text().splitlines()
    assert said == "0x1000 3000 115200"
    assert len({int(number) for number in numbers.split("-")}) == 3


def test_a_command_that_cannot_be_filled_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"has \{at\}, but the board has no address"):
        ToolFlasher(a_context(a_tool_board(at=None, command="tool {at}"), tmp_path))
    with pytest.raises(UsageFault, match=r"has \{port\}, but keeps the line"):
        ToolFlasher(a_context(a_tool_board(command="tool {port}", line="kept"), tmp_path))
    with pytest.raises(UsageFault, match="flasher: command: is the tool"):
        ToolFlasher(a_context(a_tool_board(), tmp_path))


def test_a_tool_that_counts_twice_never_goes_back() -> None:
    told: list[float] = []
    ears = Ears(parse_tool({"command": "x", **WORDS}), progress=lambda _, share: told.append(share))
    for line in ("Writing 40%", "Writing 90%", "Verifying", "Writing 10%", "Writing 300%"):
        ears.hear(line)
    assert told == [0.4, 0.9, 0.9, 0.9, 1.0]


def test_the_first_error_is_the_one_that_counts() -> None:
    spec = parse_tool(
        {"command": "x", "errors": {"FLASH_CONNECT": ["no chip"], "FLASH_TRANSFER": "failed"}}
    )
    ears = Ears(spec, progress=lambda *_: None)
    ears.hear("Error: no chip ")
    ears.hear("flashing failed")
    assert (ears.error, ears.error_line) == ("FLASH_CONNECT", "Error: no chip")
