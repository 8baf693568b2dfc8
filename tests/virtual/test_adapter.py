import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.virtual.bench import (
    PATIENCE_S,
    ROOT,
    adapter_command,
    connect,
    eventually,
    image,
    is_alive,
    running,
    write_rig_file,
)
from tests.virtual.conftest import Bench

KNOWN_FAULTS = (
    "drop",
    "garble",
    "vanish_after_bytes",
    "silent",
    "power_cut_after_bytes",
    "dead_page",
    "boot_loop",
    "stale_flash",
    "slow",
)
PARENT = """
import json, subprocess, sys
adapter = subprocess.Popen({command!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(adapter.pid, adapter.stdout.readline().decode(), flush=True)
sys.stdin.read()
"""


def run_adapter(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        adapter_command(folder),
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_rig_starts_powered_off(bench: Bench) -> None:
    rig = bench()
    assert rig.do(do="status") == {
        "ok": True,
        "power": "off",
        "state": "off",
        "board_pid": None,
        "tty": str((rig.folder / "tty").readlink()),
        "faults": {},
        "rig": "virt-b1",
        "board": "nano-v2",
        "revision": "b",
        "chip_id": "5e1f00b1",
    }
    assert (rig.folder / "power").read_text() == "off\n"


def test_power_goes_on_and_off_again_and_again(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.console()
    for _ in range(2):
        rig.power("on")
        rig.power("on")
        assert (rig.folder / "power").read_text() == "on\n"
        pid = rig.board_pid()
        assert b"nano> " in console.until(b"nano> ")
        rig.power("off")
        assert not is_alive(pid)
    assert rig.do(do="status")["state"] == "off"


def test_power_on_throws_away_what_waits_on_the_line(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    console.until(b"nano> ")
    console.send(b"echo late\r")
    eventually(lambda: console.port.in_waiting > 0)
    rig.power("off")
    console.send(b"\x15boot\r")
    rig.power("on")
    assert console.until(b"nano> ").startswith(b"\r\nboot nano-v2")


@pytest.mark.parametrize(
    ("request_line", "error"),
    [
        (b"nonsense", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "a request is a JSON object, not []"),
        (
            b'{"do": "dance"}',
            "unknown request 'dance'; known are power, reset, status, plant",
        ),
        (b'{"do": "power", "to": "up"}', "power goes to 'on' or 'off', not to 'up'"),
        (
            b'{"do": "reset"}',
            "the board is off, so it cannot be reset: power it off and on",
        ),
        (
            b'{"do": "plant", "faults": {"fire": 1}}',
            f"unknown fault 'fire'; known are {', '.join(KNOWN_FAULTS)}",
        ),
        (
            b'{"do": "plant", "faults": {"drop": 2}}',
            "fault drop must be a probability from 0 to 1, not 2",
        ),
        (b'{"do": "plant"}', "faults must be an object, not None"),
    ],
)
def test_a_request_that_cannot_be_is_answered_with_one_sentence(
    bench: Bench, request_line: bytes, error: str
) -> None:
    rig = bench()
    assert rig.raw(request_line) == {"ok": False, "error": error}
    assert rig.do(do="status")["ok"] is True


def test_several_connections_are_served(bench: Bench) -> None:
    rig = bench()
    with connect(rig.folder) as one, connect(rig.folder) as two:
        two.sendall(b'{"do": "status"}\n')
        one.sendall(b'{"do": "sta')
        assert b'"ok": true' in two.recv(4096)
        one.sendall(b'tus"}\n')
        assert b'"ok": true' in one.recv(4096)


def test_a_board_that_dies_leaves_the_adapter_up(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    console.until(b"nano> ")
    os.kill(rig.board_pid(), signal.SIGKILL)
    assert eventually(lambda: rig.do(do="status")["state"] == "dead")
    status = rig.do(do="status")
    assert (status["power"], status["board_pid"]) == ("on", None)
    assert "the board is dead" in str(rig.do(do="reset")["error"])
    rig.cycle()
    assert b"nano> " in console.until(b"nano> ")


def test_power_may_go_off_before_the_board_has_read_its_orders(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    for _ in range(10):
        rig.control.sendall(b'{"do": "power", "to": "on"}\n{"do": "power", "to": "off"}\n')
        assert eventually(lambda: rig.control.recv(4096).count(b'"power": "off"') > 0)
    assert rig.process.poll() is None


def test_a_second_adapter_on_the_same_rig_is_refused(bench: Bench) -> None:
    rig = bench()
    second = run_adapter(rig.folder)
    assert second.returncode == 2
    assert second.stderr == f"{rig.folder} already has a running adapter; stop that one first\n"
    assert rig.do(do="status")["ok"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_adapter_told_to_stop_takes_its_board_along(bench: Bench, number: int) -> None:
    rig = bench(slot=image("1.0.0"))
    rig.power("on")
    board = rig.board_pid()
    rig.process.send_signal(number)
    assert rig.process.wait(PATIENCE_S) == 0
    assert not is_alive(board)
    assert not (rig.folder / "tty").is_symlink()
    assert not (rig.folder / "control").exists()
    assert (rig.folder / "power").read_text() == "off\n"


@pytest.mark.parametrize("slot", ["1.0.0", "9.0.1-hang"])
def test_nothing_is_left_when_the_parent_is_killed(bench: Bench, tmp_path: Path, slot: str) -> None:
    bench(slot=image(slot)).stop()
    folder = tmp_path / "rig"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(command=adapter_command(folder))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        adapter = int(parent.stdout.readline().split()[0])
        with connect(folder) as control:
            control.sendall(b'{"do": "power", "to": "on"}\n')
            board = json.loads(control.recv(4096))["board_pid"]
        assert is_alive(board)
        parent.kill()
        parent.wait()
        assert eventually(lambda: not is_alive(adapter) and not is_alive(board))


def test_no_board_is_left_when_the_adapter_is_killed(bench: Bench) -> None:
    rig = bench(slot=image("9.0.1-hang"))
    rig.power("on")
    board = rig.board_pid()
    rig.process.kill()
    rig.process.wait()
    assert eventually(lambda: not is_alive(board))


def test_a_rig_may_lie_deep_in_the_file_system(bench: Bench, tmp_path: Path) -> None:
    assert bench().process.poll() is None
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 6)
    with running(deep, slot=None) as rig:
        assert len(str(deep / "control")) > 108
        assert rig.do(do="status")["ok"] is True


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"board": "nano-v7"}, "no bootloader for board 'nano-v7'"),
        ({"revision": "z"}, "revision must be text matching [ab], not 'z'"),
        ({"faults": {"fire": 1}}, "unknown fault 'fire'"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_folder_that_holds_no_proper_rig_is_refused(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    pytest.importorskip("unicorn", reason="unicorn is not installed")
    write_rig_file(tmp_path, **changes)
    done = run_adapter(tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_engine_the_adapter_says_how_to_get_it(tmp_path: Path) -> None:
    write_rig_file(tmp_path)
    script = (
        "import sys, importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda name, *a: None if name == 'unicorn' else find(name, *a); "
        "from hil.virtual.__main__ import main; sys.exit(main([sys.argv[1]]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == ("a virtual rig needs the engine: pip install 'fwrelease[virtual]'\n")


def test_an_idle_board_takes_no_time_and_a_hung_one_little(bench: Bench) -> None:
    rig = bench(slot=image("1.0.0"))
    console = rig.boot()
    console.until(b"nano> ")
    assert cpu_share(rig.board_pid(), over_s=0.5) < 0.05
    rig.stop()
    rig = bench(slot=image("9.0.1-hang"))
    console = rig.boot()
    console.until(b"power-on\r\n")
    console.silence(for_s=0.4)
    assert cpu_share(rig.board_pid(), over_s=0.5) < 0.3


def cpu_share(pid: int, *, over_s: float) -> float:
    def used_s() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    began, began_s = used_s(), time.monotonic()
    eventually(lambda: False, within_s=over_s)
    return (used_s() - began) / (time.monotonic() - began_s)
