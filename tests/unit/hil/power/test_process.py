"""A board that is a program: started, reset and killed as a board is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import pytest

from hil.app import SystemClock
from hil.errors import RigFault, UsageFault
from hil.interfaces import PowerContext, ToolResult
from hil.inventory.rig import PowerSpec
from hil.power.process import ProcessPower
from tests.support.lab import a_rig, eventually, is_alive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

# A board that writes its pid, then each reset that it is told, to files in its folder.
BOARD = """
import os, sys
folder = sys.argv[1]
open(folder + "/pid.new", "w").write(str(os.getpid()))
os.rename(folder + "/pid.new", folder + "/pid")
for line in sys.stdin:
    with open(folder + "/resets", "a") as stream:
        stream.write(line)
"""
LISTENS = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        server.accept()[0].sendall(b"hello")
"""


@dataclass
class Rig:
    """A rig whose board is a program, and the folder that belongs to it."""

    power: ProcessPower
    folder: Path
    port: int

    @property
    def pid(self) -> int:
        assert eventually((self.folder / "pid").exists)
        pid = int((self.folder / "pid").read_text())
        (self.folder / "pid").unlink()
        return pid


def no_control(_: object) -> dict[str, object]:
    raise NotImplementedError


def no_tool(*_: object) -> ToolResult:
    raise NotImplementedError


@contextmanager
def a_process_rig(folder: Path, **options: Any) -> Iterator[Rig]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"run": [sys.executable, "-c", BOARD, "{folder}"]} | options
    context = PowerContext(
        rig=replace(a_rig(), power=PowerSpec(driver="process", options=options)),
        control=no_control,
        run_tool=no_tool,
        clock=SystemClock(),
        places={"folder": str(folder), "port": str(port)},
    )
    power = ProcessPower(context)
    yield Rig(power, folder, port)
    power.close()


def test_power_on_starts_the_program_and_power_off_kills_it(tmp_path: Path) -> None:
    with a_process_rig(tmp_path) as rig:
        rig.power.on()
        pid = rig.pid
        rig.power.on()
        assert is_alive(pid)
        rig.power.off()
        assert not is_alive(pid)
        rig.power.off()


def test_a_program_that_has_died_is_started_again(tmp_path: Path) -> None:
    with a_process_rig(tmp_path, run="sh -c 'cd {folder} && echo $$ >new && mv new pid'") as rig:
        rig.power.on()
        first = rig.pid
        assert eventually(lambda: not is_alive(first))
        rig.power.reset()
        assert rig.pid != first


def test_a_reset_is_written_to_the_program(tmp_path: Path) -> None:
    with a_process_rig(tmp_path, reset="system_reset\n") as rig:
        rig.power.on()
        pid = rig.pid
        rig.power.reset()
        rig.power.reset()
        told = rig.folder / "resets"
        wanted = "system_reset\n" * 2
        assert eventually(lambda: told.exists() and told.read_text() == wanted)
        assert is_alive(pid)


def test_without_a_text_a_reset_starts_the_program_anew(tmp_path: Path) -> None:
    with a_process_rig(tmp_path) as rig:
        rig.power.on()
        first = rig.pid
        rig.power.reset()
        assert rig.pid != first
        assert not is_alive(first)


def test_a_board_that_is_off_or_dead_cannot_be_reset(tmp_path: Path) -> None:
    with a_process_rig(tmp_path, reset="r\n", run="false") as rig:
        with pytest.raises(RigFault, match="does not run, so there is nothing to reset") as raised:
            rig.power.reset()
        assert raised.value.code == "POWER"
        rig.power.on()
        assert eventually(lambda: refuses_reset(rig.power))


def refuses_reset(power: ProcessPower) -> bool:
    try:
        power.reset()
    except RigFault as fault:
        return "does not take its reset" in fault.message
    return False


def test_power_is_on_once_the_program_listens_for_the_line(tmp_path: Path) -> None:
    with a_process_rig(tmp_path, run=[sys.executable, "-c", LISTENS, "{port}"]) as rig:
        rig.power.on()
        with create_connection(("127.0.0.1", rig.port)) as line:
            assert line.recv(5) == b"hello"


def test_a_program_that_ends_before_it_listens_is_the_labs_fault(tmp_path: Path) -> None:
    with (
        a_process_rig(tmp_path, run="sh -c 'echo no such machine; exit 3' {port}") as rig,
        pytest.raises(RigFault, match="sh ended at once, exit 3: no such machine") as raised,
    ):
        rig.power.on()
    assert raised.value.code == "POWER"


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    with (
        a_process_rig(tmp_path, run="no-such-emulator {port}") as rig,
        pytest.raises(RigFault, match="cannot start no-such-emulator: No such file"),
    ):
        rig.power.on()


def test_a_program_that_ends_by_itself_is_told_with_its_exit_code_and_last_words(
    tmp_path: Path,
) -> None:
    with a_process_rig(tmp_path, run="sh -c 'echo hello; echo no such bios; exit 3'") as rig:
        rig.power.on()
        ended = rig.power.ended(20.0)
        assert ended is not None
        assert ended.message == "bench-1: its program sh ended, exit 3: no such bios"
        assert str(tmp_path / "program.log") in ended.hint


def test_a_program_that_runs_or_was_switched_off_has_not_ended_by_itself(tmp_path: Path) -> None:
    with a_process_rig(tmp_path) as rig:
        assert rig.power.ended(0.0) is None
        rig.power.on()
        assert rig.power.ended(0.0) is None
        rig.power.off()
        assert rig.power.ended(0.0) is None


def test_files_are_made_once_and_outlive_a_power_cut(tmp_path: Path) -> None:
    files = {"nor.img": {"size": 2_000_000}, "zero.img": {"size": 3, "fill": 0}}
    with a_process_rig(tmp_path, files=files) as rig:
        rig.power.on()
        assert (tmp_path / "nor.img").read_bytes() == b"\xff" * 2_000_000
        assert (tmp_path / "zero.img").read_bytes() == b"\0\0\0"
        (tmp_path / "zero.img").write_bytes(b"abc")
        rig.power.off()
        rig.power.on()
        assert (tmp_path / "zero.img").read_bytes() == b"abc"


@pytest.mark.parametrize(
    "files",
    [
        {"nor.img": 3},
        {"nor.img": {"size": 0}},
        {"nor.img": {"size": 3, "fill": 256}},
        {"nor.img": {"size": 3, "fill": "x"}},
        {"nor.img": {"size": 3, "mode": 1}},
        {"../nor.img": {"size": 3}},
        ["nor.img"],
    ],
)
def test_files_that_cannot_be_made_are_refused(tmp_path: Path, files: object) -> None:
    with (
        pytest.raises(UsageFault, match="cannot be made"),
        a_process_rig(tmp_path, files=files),
    ):
        pass


def test_a_board_without_its_program_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageFault, match="needs the option 'run'"),
        a_process_rig(tmp_path, run=None),
    ):
        pass
