import contextlib
import hashlib
import time

from tests.virtual.bench import Console, Rig, eventually, flash, image, send_image
from tests.virtual.conftest import Bench


def booted(rig: Rig) -> Console:
    console = rig.boot()
    console.until(b"nano> ")
    return console


def plain_boot(version: str) -> bytes:
    """Return a boot as long as a real one; only its length and first words count."""
    banner = b"\r\nboot nano-v2 rev b chip 5e1f00b1 reset power-on\r\n"
    return banner + f"app {version} build {'0' * 40}\r\nnano> ".encode()


def test_a_lossy_line_loses_bytes_both_ways(bench: Bench) -> None:
    console = bench(slot=image("1.0.0"), faults={"drop": 0.1}).boot()
    assert 0 < len(console.silence(for_s=0.6)) < len(plain_boot("1.0.0"))
    console.send(b"x" * 60)
    for _ in range(5):
        console.send(b"\x15\x15\x15echo " + b"a" * 60 + b"\r")
    assert 0 < console.silence(for_s=0.3).count(b"a") < 300


def test_a_noisy_line_spoils_bytes_but_loses_none(bench: Bench) -> None:
    plain = plain_boot("1.0.0")
    console = bench(slot=image("1.0.0"), faults={"garble": 0.2}).boot()
    said = console.take(len(plain))
    assert len(said) == len(plain)
    assert said[:40] != plain[:40]
    assert console.silence(for_s=0.1) == b""


def test_noise_is_the_same_in_the_next_run(bench: Bench) -> None:
    def story() -> bytes:
        rig = bench(slot=image("1.0.0"), faults={"garble": 0.2})
        (rig.folder / "power-ons").unlink(missing_ok=True)
        said = rig.boot().take(50)
        rig.stop()
        return said

    assert story() == story()


def test_xmodem_gets_through_a_line_that_loses_a_byte_now_and_then(bench: Bench) -> None:
    console = bench(faults={"drop": 0.0002, "garble": 0.0002}).enter_update()
    digest = hashlib.sha256(image("1.0.0")).hexdigest()
    assert digest[:8] in flash(console, image("1.0.0"))


def test_a_port_that_vanishes_stays_away_until_the_fault_is_gone(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"), faults={"vanish_after_bytes": 60})
    console = rig.console()
    rig.power("on")
    heard = b""
    with contextlib.suppress(OSError):
        while len(heard) <= 60:
            heard += console.port.read(max(1, console.port.in_waiting))
    assert len(heard) <= 60
    assert eventually(lambda: not (rig.folder / "tty").is_symlink())
    rig.cycle()
    assert not (rig.folder / "tty").exists()
    assert rig.do(do="status")["tty"] is None
    rig.do(do="plant", faults={})
    rig.cycle()
    assert b"nano> " in rig.console().until(b"nano> ")


def test_a_silent_board_has_power_and_says_nothing(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"), faults={"silent": True})
    assert rig.boot().silence(for_s=0.6) == b""
    assert rig.do(do="reset")["state"] == "running"


def test_a_power_cut_while_flashing_leaves_no_image_that_runs(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"), faults={"power_cut_after_bytes": 6000})
    console = rig.enter_update()
    assert not send_image(console, image("1.2.0"), retry=0)
    assert eventually(lambda: rig.do(do="status")["state"] == "off")
    assert (rig.folder / "power").read_text() == "off\n"
    assert rig.do(do="status")["faults"] == {}
    rig.power("on")
    assert b"slot refused: digest mismatch\r\n" in console.until(b"\r\nboot> ")


def test_a_dead_page_is_found_by_the_digest(bench: Bench) -> None:
    console = bench(faults={"dead_page": 1}).enter_update()
    assert flash(console, image("1.0.0")) == "slot refused: digest mismatch\r\nboot> "


def test_stale_flash_shows_the_old_image(bench: Bench) -> None:
    old = image("1.0.0")
    console = bench(slot=old, faults={"stale_flash": True}).enter_update()
    assert hashlib.sha256(old).hexdigest() in flash(console, image("1.2.0"))
    assert "app 1.0.0 " in console.ask("run")


def test_a_planted_boot_loop_never_gets_to_the_prompt(bench: Bench) -> None:
    said = bench(slot=image("1.0.0"), faults={"boot_loop": True}).boot().silence(for_s=0.9)
    assert said.count(b" reset power-on\r\n") >= 2
    assert b"nano> " not in said


def test_a_slow_board_takes_longer_by_its_own_clock_and_by_ours(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = booted(rig)
    fast_ms = int(console.ask("measure").split()[1])
    rig.do(do="plant", faults={"slow": 10})
    rig.power("off")
    began_s = time.monotonic()
    rig.power("on")
    console.until(b"nano> ")
    took_ms = (time.monotonic() - began_s) * 1000
    slow_ms = int(console.ask("measure").split()[1])
    assert slow_ms > fast_ms + 300
    assert took_ms >= slow_ms


def test_a_planted_fault_waits_for_the_next_power_on(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = booted(rig)
    assert rig.do(do="plant", faults={"silent": True})["faults"] == {"silent": True}
    assert console.ask("echo still here") == "still here\r\n"
    rig.cycle()
    assert console.silence(for_s=0.5) == b""


def test_a_line_with_a_baud_rate_takes_its_time(bench: Bench) -> None:
    console = booted(bench(slot=image("1.0.0"), baud=9600))
    began_s = time.monotonic()
    console.ask("echo " + "x" * 80)
    assert time.monotonic() - began_s > 160 * 10 / 9600


def test_an_adapter_with_latency_holds_bytes_back(bench: Bench) -> None:
    console = booted(bench(slot=image("1.0.0"), latency_ms=100))
    began_s = time.monotonic()
    assert console.ask("echo x") == "x\r\n"
    assert time.monotonic() - began_s > 0.09
