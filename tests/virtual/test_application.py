import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection, SymbolTableSection

from tests.virtual.bench import IMAGES, image
from tests.virtual.conftest import Bench

PASSED = "test clock ok\r\ntest flash ok\r\ntest adc ok\r\nselftest PASS\r\n"
FAILED = "test clock ok\r\ntest flash ok\r\ntest adc FAIL code 7\r\nselftest FAIL adc\r\n"


def build_id(name: str) -> str:
    with (IMAGES / f"nano-v2-{name}.elf").open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".note.gnu.build-id")
        assert isinstance(section, NoteSection)
        return str(next(section.iter_notes())["n_desc"])


def test_the_application_answers_its_commands(bench: Bench) -> None:
    console = bench(slot=image("1.0.0")).boot()
    console.until(b"nano> ")
    identity = f"version 1.0.0 build {build_id('1.0.0')} board nano-v2 rev b\r\n"
    assert console.ask("version") == identity
    assert console.ask("selftest") == PASSED
    assert console.ask("echo two  words") == "two  words\r\n"
    assert console.ask("dance") == "unknown command\r\n"
    assert console.ask("versions") == "unknown command\r\n"
    assert console.ask("") == ""
    assert console.ask("rubbish\x15ver\x08rsion") == identity


def test_the_build_id_in_the_image_is_that_of_the_elf() -> None:
    for elf in Path(IMAGES).glob("nano-v2-*.elf"):
        name = elf.stem.removeprefix("nano-v2-")
        assert bytes.fromhex(build_id(name)) in image(name)[-256:]


@pytest.mark.parametrize(
    ("name", "revision", "answer"),
    [
        ("1.1.0", "a", PASSED),
        ("1.1.0", "b", FAILED),
        ("1.1.0-fixed", "b", PASSED),
        ("1.1.0-bug-a", "a", FAILED),
        ("1.2.0", "a", PASSED),
    ],
)
def test_a_build_fails_on_the_revision_it_has_its_bug_on(
    bench: Bench, name: str, revision: str, answer: str
) -> None:
    console = bench(slot=image(name), revision=revision).boot()
    console.until(b"nano> ")
    assert console.ask("selftest") == answer


def test_a_boot_takes_the_same_virtual_time_every_time(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    times = []
    for _ in range(3):
        console.until(b"nano> ")
        times.append(console.ask("measure"))
        rig.power("off")
        rig.power("on" if len(times) < 3 else "off")
    assert len(set(times)) == 1
    assert re.fullmatch(r"boot_ms \d+\r\n", times[0])


def test_a_crash_is_dumped_whole_before_the_board_starts_again(bench: Bench) -> None:
    console = bench(slot=image("1.0.0")).boot()
    console.until(b"nano> ")
    word = r"0x[0-9a-f]{8}"
    assert re.fullmatch(
        r"\r\n\*\*\* HARDFAULT \*\*\*\r\n"
        r"cfsr 0x00008200 hfsr 0x40000000 bfar 0xdeadbeec\r\n"
        rf"pc {word} lr {word} psr {word}\r\n"
        rf"r0 {word} r1 {word} r2 {word} r3 {word}\r\n"
        r"\*\*\* END \*\*\*\r\n"
        r"\r\nboot nano-v2 rev b chip 5e1f00b1 reset software\r\n"
        r"app 1\.0\.0 build [0-9a-f]{40}\r\n",
        console.ask("crash"),
    )


def test_the_pc_of_a_crash_lies_in_the_function_that_crashed(bench: Bench) -> None:
    console = bench(slot=image("9.0.2-panic")).boot()
    console.until(b"nano> ")
    found = re.search(r"pc 0x([0-9a-f]{8})", console.ask("selftest"))
    assert found
    with (IMAGES / "nano-v2-9.0.2-panic.elf").open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        at = int(found[1], 16)
        names = {
            symbol.name
            for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC"
            and symbol["st_value"] & ~1 <= at < symbol["st_value"] + symbol["st_size"]
        }
    assert names & {"selftest", "flash_answers", "answer", "main"}


def test_a_fault_in_the_fault_handler_locks_up_and_is_reset(bench: Bench) -> None:
    console = bench(slot=image("1.0.0")).boot()
    console.until(b"nano> ")
    assert console.ask("lockup").startswith("\r\nboot nano-v2 rev b chip 5e1f00b1 reset lockup\r\n")


def test_a_hung_board_says_nothing_and_still_has_a_reset_pin(bench: Bench) -> None:
    rig = bench(slot=image("9.0.1-hang"))
    console = rig.boot()
    console.until(b"power-on\r\n")
    assert console.silence(for_s=0.5) == b""
    assert rig.do(do="reset")["ok"]
    assert b" reset pin\r\n" in console.until(b"pin\r\n")


def test_a_board_in_a_boot_loop_never_gets_to_its_banner(bench: Bench) -> None:
    said = bench(slot=image("9.0.4-bootloop")).boot().silence(for_s=0.9)
    assert said.count(b" reset software\r\n") >= 2
    assert b"app" not in said


def test_a_flaky_self_test_fails_now_and_then_and_the_same_in_the_next_run(bench: Bench) -> None:
    def story() -> list[bool]:
        rig = bench(slot=image("9.0.3-flaky"))
        (rig.folder / "power-ons").unlink(missing_ok=True)
        console = rig.boot()
        console.until(b"nano> ")
        results = ["selftest PASS" in console.ask("selftest") for _ in range(40)]
        rig.stop()
        return results

    first = story()
    assert 0 < first.count(False) < 20
    assert story() == first
