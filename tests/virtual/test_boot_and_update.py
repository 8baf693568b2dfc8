import hashlib
from pathlib import Path

import pytest

from tests.virtual.bench import UPDATE_REQUEST, flash, image, put_in_slot
from tests.virtual.conftest import Bench


def slot_line(data: bytes, version: str) -> str:
    digest = hashlib.sha256(data).hexdigest()
    return f"slot ok sha256 {digest} length {len(data)} version {version}\r\nboot> "


def test_a_board_says_who_it_is_and_why_it_started(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    assert console.until(b"power-on\r\n") == (
        b"\r\nboot nano-v2 rev b chip 5e1f00b1 reset power-on\r\n"
    )
    assert b"app 1.0.0 build " in console.until(b"nano> ")
    rig.do(do="reset")
    assert b" reset pin\r\n" in console.until(b"nano> ")
    assert " reset software\r\n" in console.ask("reboot")


def test_an_empty_board_says_so_and_stays_in_its_bootloader(bench: Bench) -> None:
    assert bench().boot().until(b"boot> ").endswith(b"reset power-on\r\nslot empty\r\n\r\nboot> ")


@pytest.mark.parametrize("mode", ["xmodem", "xmodem1k"])
def test_a_flashed_board_shows_the_digest_of_the_file(bench: Bench, mode: str) -> None:
    console = bench().enter_update()
    data = image("1.0.0")
    assert flash(console, data, mode=mode) == slot_line(data, "1.0.0")
    assert console.ask("slot", b"boot> ") + "boot> " == slot_line(data, "1.0.0")
    assert "app 1.0.0 build " in console.ask("run")


def test_the_bootloader_answers_its_commands(bench: Bench) -> None:
    console = bench().enter_update()
    identity = "boot nano-v2 rev b chip 5e1f00b1 reset power-on\r\n"
    assert console.ask("\x15id", b"boot> ") == identity
    assert console.ask("", b"boot> ") == ""
    assert console.ask("dance", b"boot> ") == "unknown command\r\n"
    console.send(b"id\r\nslot\n")
    assert console.until(b"empty\r\n") == identity.encode() + b"boot> slot empty\r\n"


def test_only_the_whole_sequence_stops_a_boot(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    console.until(b"power-on\r\n")
    console.send(b"bootb\x15bo\x15boo \x15")
    assert b"app 1.0.0" in console.until(b"nano> ")
    rig.do(do="reset")
    console.until(b"pin\r\n")
    console.send(b"version\r\x15bo" + UPDATE_REQUEST)
    assert console.until(b"> ") == b"\r\nboot> "


def test_an_image_for_revision_a_runs_on_revision_a(bench: Bench) -> None:
    console = bench(slot=image("9.0.6-rev-a"), revision="a").boot()
    assert b"app 9.0.6 build " in console.until(b"nano> ")


def damaged(offset: int) -> bytes:
    data = bytearray(image("1.0.0"))
    data[offset] ^= 0x10
    return bytes(data)


def test_what_is_damaged_or_no_image_is_refused(bench: Bench) -> None:
    rig = bench()
    console = rig.enter_update()
    for data, reason in (
        (damaged(0x210), "digest mismatch"),
        (damaged(0x1000), "digest mismatch"),
        (damaged(12280), "digest mismatch"),
        (b"\x00" * 4096, "not an image"),
        (b"hello", "not an image"),
        (image("1.0.0")[:40], "not an image"),
        (image("9.0.6-rev-a"), "wrong revision"),
        (image("9.0.5-othername"), "wrong board"),
    ):
        put_in_slot(rig.folder, data)
        assert console.ask("slot", b"boot> ") == f"slot refused: {reason}\r\n"
    assert "slot refused: wrong board\r\n" in console.ask("run", b"\r\nboot> ")


def test_new_code_runs_where_old_code_ran(bench: Bench) -> None:
    console = bench().enter_update()
    for name in ("1.0.0", "1.1.0", "1.1.0-fixed", "1.0.0"):
        version = name.partition("-")[0]
        assert flash(console, image(name)) == slot_line(image(name), version)
        assert f"app {version} build " in console.ask("run")
        expected = "selftest FAIL adc" if name == "1.1.0" else "selftest PASS"
        assert expected in console.ask("selftest")
        console.send(b"reboot\r")
        console.until(b"software\r\n")
        console.send(UPDATE_REQUEST)
        console.until(b"boot> ")


def test_a_sender_may_cancel(bench: Bench) -> None:
    console = bench().enter_update()
    console.send(b"load\r")
    console.until(b"C")
    console.send(b"\x18\x18")
    assert console.until(b"boot> ") == b"xmodem cancelled\r\nboot> "


def test_the_receiver_calls_once_a_second(bench: Bench) -> None:
    console = bench().enter_update()
    console.send(b"load\r")
    console.until(b"ready\r\n")
    assert console.silence(for_s=1.4) == b"CC"


def test_the_receiver_gives_up_on_a_sender_that_makes_no_sense(bench: Bench) -> None:
    console = bench().enter_update()
    console.send(b"load\r")
    for _ in range(10):
        console.until(b"C")
        console.send(b"?")
    assert console.until(b"boot> ") == b"C" + b"\x18" * 8 + b"xmodem gave up\r\nboot> "


def test_flash_outlives_power_and_adapter(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    rig.power("on")
    rig.stop()
    console = bench().boot()
    assert b"app 1.0.0 build " in console.until(b"nano> ")


def test_a_repaired_bootloader_is_in_place_after_a_power_on(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    (rig.folder / "flash.bin").write_bytes(b"\x00" * 0x40000)
    assert b"slot refused: not an image\r\n" in rig.boot().until(b"boot> ")


def test_a_board_that_locks_up_with_no_reset_behind_it_is_silent(
    bench: Bench, tmp_path: Path
) -> None:
    # Stack, start, and no handlers; then: ldr r0, [pc, #0]; ldr r0, [r0]; .word 0xdead0000
    bad = tmp_path / "bad.bin"
    bad.write_bytes(bytes.fromhex("00000120 11000000 00000000 00f0ffff 00480068 0000adde"))
    rig = bench(bootloader=str(bad))
    assert rig.boot().silence(for_s=0.5) == b""
    assert rig.do(do="reset")["state"] == "running"
