"""``hil console`` at a real terminal, before a board made of Python, and without a terminal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.lab import FakeBoard, eventually
from tests.support.person import Person

IMAGES = Path(__file__).parents[4] / "rigs" / "firmware" / "images"
ELF = IMAGES / "nano-v2-9.0.2-panic.elf"
BUILD_ID = "239a9cdd6ff84b19cc7111b75164b5d130e41024"
DUMP = "*** HARDFAULT ***\r\npc 0x00004d04 lr 0x00004cfd psr 0x41000000\r\n*** END ***\r\n"
START = "boot nano-v2 rev b chip 5e1f00b1 reset pin\r\n"
BANNER = f"app 9.0.2 build {BUILD_ID}\r\n"


@dataclass
class Desk:
    """A folder with a lab of one rig, whose port is a link, and a board that answers there."""

    folder: Path
    board: FakeBoard = field(default_factory=FakeBoard)
    return_s: float = 10.0
    power: dict[str, object] = field(default_factory=lambda: {"on": "true", "off": "true"})

    def __post_init__(self) -> None:
        self.plug_in(self.board)
        self.board.on()
        assert eventually(lambda: self.board._mode == "app")

    def plug_in(self, board: FakeBoard) -> None:
        self.board = board
        (self.folder / "new").symlink_to(board.url)
        (self.folder / "new").rename(self.folder / "tty")

    def argv(self, *words: object) -> list[str]:
        console = {
            "prompt": "nano> ",
            "banner": r"app (?P<version>\S+) build (?P<build_id>[0-9a-f]+)",
            "reset": r"boot nano-v2 rev \w+",
            "detectors": ["nano"],
        }
        table = {
            "panic": [r"\*\*\* HARDFAULT \*\*\*"],
            "backtrace": r"\bpc 0x(?P<pc>[0-9a-f]{8})|\blr 0x(?P<ra>[0-9a-f]{8})",
        }
        flasher = {"driver": "xmodem1k", "start": "load\n", "accepted": "ok", "refused": "no"}
        flasher |= {"window": "boot", "enter": "x", "prompt": "boot> ", "run": "run"}
        rig = {
            "board": "nano",
            "revision": "b",
            "serial": str(self.folder / "tty"),
            "line": {"return_s": self.return_s},
            "power": {"driver": "command", "off_s": 0} | self.power,
        }
        lab = {
            "version": 1,
            "detectors": {"nano": table},
            "boards": {"nano": {"console": console, "flasher": flasher}},
            "rigs": {"bench-1": rig},
        }
        path = self.folder / "lab.yaml"
        path.write_text(json.dumps(lab), encoding="utf-8")
        where = ("--inventory", path, "--rig", "bench-1", "--state", self.folder / "state")
        command = (sys.executable, "-m", "hil.cli.main", "console", *where, *words)
        return [str(word) for word in command]

    @property
    def environment(self) -> dict[str, str]:
        return {"HIL_LOCKS": str(self.folder / "locks")}

    def sit_down(self, *words: object) -> Person:
        return Person(self.argv(*words), folder=self.folder, environment=self.environment)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.board.unplug()


def test_what_a_person_types_is_answered_until_the_end_key(desk: Desk) -> None:
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        person.types("version\n")
        assert person.sees("version 1.1.0 build ")
        assert person.sees("nano> ")
        person.types(b"\x1d")
        assert person.leaves_with() == 0
        assert person.terminal_is_as_before


def test_the_escape_key_shows_help_and_times(desk: Desk) -> None:
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        person.types(b"\x14?")
        assert person.sees("send a file by YMODEM")
        person.types(b"\x14t\x14q")
        assert person.sees("timestamps on (UTC)")
        assert person.sees("Ctrl-T 'q' is no order")
        desk.board.say("\r\nhello\r\n")
        assert person.sees("] hello")


def test_the_board_goes_on_talking_while_a_path_is_typed(desk: Desk) -> None:
    (desk.folder / "orders.txt").write_text("version\nselftest\n", encoding="utf-8")
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        person.types(b"\x14forders.t")
        assert person.sees("file to send (as it is; Ctrl-C: none): orders.t")
        desk.board.say("\r\ntick\r\n")
        assert person.sees("tick")
        assert person.sees("none): orders.t"), "the question is asked again below"
        person.types("xt\r")
        assert person.sees("sent orders.txt: 17 bytes, as it is")
        assert eventually(lambda: b"selftest PASS" in person.reads())
        assert b"version 1.1.0" in person.screen


def test_a_file_is_sent_by_the_protocol_that_the_bootloader_speaks(desk: Desk) -> None:
    (desk.folder / "app.bin").write_bytes(b"an image " * 300)
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        desk.board.window_s = 5.0
        desk.board.reset()
        assert person.sees("boot nano-v2")
        person.types(b"\x15boot")
        assert person.sees("boot> ")
        person.types("loady\n")
        assert person.sees("ymodem ready")
        person.types(b"\x14yapp.bin\r")
        assert person.sees("2700 bytes, ymodem"), person.screen
        assert eventually(lambda: desk.board.slot == b"an image " * 300)


def test_neither_a_file_that_is_not_there_nor_a_transfer_given_up_ends_the_talk(desk: Desk) -> None:
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        person.types(b"\x14fnothing\r")
        assert person.sees("nothing: No such file or directory")
        person.types(b"\x14xlab.yaml\r")
        assert person.sees("sending lab.yaml: ")
        person.types(b"\x03")
        assert person.sees("-- stopped")
        person.types("version\n")
        assert person.sees("version 1.1.0")


def test_a_port_that_goes_with_the_supply_and_returns_ends_nothing(desk: Desk) -> None:
    until = f"sh -c 'until [ -e {desk.folder}/back ]; do sleep 0.02; done'"
    desk.power = {"off": f"touch {desk.folder}/cut", "on": f"{until}"}
    (desk.folder / "back").touch()
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        (desk.folder / "back").unlink()
        person.types(b"\x14p")
        assert eventually((desk.folder / "cut").exists)
        (desk.folder / "tty").unlink()
        desk.board.unplug()
        desk.plug_in(FakeBoard())
        (desk.folder / "back").touch()
        assert person.sees("-- power on")
        desk.board.on()
        assert person.sees("app 1.1.0")
        person.types("version\n")
        assert person.sees("version 1.1.0")


def test_a_switch_that_fails_is_told_and_ends_nothing(desk: Desk) -> None:
    desk.power = {"off": "false", "on": "true"}
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        person.types(b"\x14p")
        assert person.sees("no power cycle: bench-1: power off: false: exit 1")
        person.types("version\n")
        assert person.sees("version 1.1.0")


def test_a_line_that_is_gone_is_one_sentence_and_code_3(desk: Desk) -> None:
    desk.return_s = 0.1
    with desk.sit_down() as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        (desk.folder / "tty").unlink()
        desk.board.unplug()
        code = person.leaves_with()
        assert code == 3, person.screen
        assert person.screen.count(b"closed while in use") == 1
        assert person.terminal_is_as_before


def test_a_crash_is_told_in_the_words_of_the_source(desk: Desk) -> None:
    with desk.sit_down("--elf", ELF) as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        desk.board.say(START + BANNER + DUMP)
        assert person.sees("-- 0x00004d04 flash_answers, inlined into selftest at app.c:54")


def test_a_crash_of_a_build_that_was_not_shown_since_the_start_is_not_decoded(desk: Desk) -> None:
    with desk.sit_down("--elf", ELF) as person:
        assert person.sees("Ctrl-T ? shows the keys"), person.screen
        desk.board.say(START + BANNER + START + DUMP)
        assert person.sees("-- not decoded: the board did not say which build it runs")


def piped(desk: Desk, given: bytes, *words: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        desk.argv(*words), input=given, capture_output=True, timeout=60, check=False,
        cwd=desk.folder, env=desk.environment,
    )  # fmt: skip


def test_without_a_terminal_the_input_is_sent_and_the_last_words_are_heard(desk: Desk) -> None:
    done = piped(desk, b"version\nselftest\n", "--timestamps")
    assert (done.returncode, b"selftest PASS" in done.stdout) == (0, True)
    assert b"] nano> " in done.stdout


def test_a_file_that_is_no_elf_file_is_refused_before_the_rig_is_touched(desk: Desk) -> None:
    done = piped(desk, b"", "--elf", __file__)
    assert (done.returncode, b"no ELF file" in done.stderr) == (2, True)
    assert not (desk.folder / "state").exists()
