"""A command-line tool under the guard: heard while it runs, ended at its deadline."""

import os
import signal
import sys
from pathlib import Path

import pytest

from hil.app import SystemClock
from hil.interfaces import ToolResult
from hil.leases.guarded import Guarded
from hil.leases.tool import watch_tool
from tests.support.lab import Hourglass, eventually, is_alive
from tests.unit.hil.leases.test_guard import STAYS, STRAY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")


def run(script: str) -> tuple[ToolResult, list[str]]:
    heard: list[str] = []
    result = watch_tool(["sh", "-c", script], 60.0, heard.append, clock=SystemClock())
    return result, heard


def test_each_line_is_heard_also_the_last_without_its_end() -> None:
    result, heard = run("echo one; echo two >&2; printf three; exit 3")
    assert heard == ["one", "two", "three"]
    assert result.exit_code == 3


def test_progress_that_is_drawn_over_itself_is_heard_as_lines() -> None:
    _, heard = run(r"printf 'at 1%%\rat 2%%\r\nat 3%%\b\b\b4%%\n'")
    assert heard == ["at 1%", "at 2%", "at 3%", "4%"]


def test_text_that_is_no_utf_8_and_lines_without_an_end_do_no_harm() -> None:
    result, heard = run(r"printf '\377\000ok\n'; head -c 700000 /dev/zero | tr '\0' x")
    assert heard[0] == "�\x00ok"
    assert sum(map(len, heard[1:])) == 700000
    assert max(map(len, heard)) < 200_000
    assert len(result.output) == 1 << 18


def test_a_tool_that_spins_is_killed_at_its_deadline_and_has_no_exit_code() -> None:
    glass = Hourglass()
    argv = ["sh", "-c", "while :; do echo busy; done"]
    result = watch_tool(argv, 60.0, lambda _: glass.run_out(), clock=glass)
    assert result.exit_code is None
    assert result.output.startswith("busy")


def test_a_tool_that_forks_and_ignores_signals_is_killed_whole(tmp_path: Path) -> None:
    glass = Hourglass()
    argv = [sys.executable, "-c", STRAY + "print('up', flush=True)" + STAYS, str(tmp_path / "pid")]
    result = watch_tool(argv, 60.0, lambda _: glass.run_out(), clock=glass)
    assert result.exit_code is None
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_an_interruption_leaves_no_child() -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_tool(["sh", "-c", "echo $$; sleep 60"], 50.0, interrupt, clock=SystemClock())
    assert not is_alive(pids[0])


def test_a_tool_that_is_missing_says_so() -> None:
    result = watch_tool(["no-such-flasher"], 10.0, lambda _: None, clock=SystemClock())
    assert result.exit_code == 127
    assert result.output == "cannot start no-such-flasher: No such file or directory\n"


def test_a_child_hears_what_it_is_told(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as output:
        child = Guarded(["cat"], orders=-1, output=output)
    child.say(b"system_reset\n")
    assert eventually(lambda: (tmp_path / "log").read_bytes() == b"system_reset\n")
    child.end()
    with pytest.raises(ValueError, match="output=PIPE"):
        child.said.read()


def test_a_child_that_does_not_listen_stops_nobody() -> None:
    child = Guarded(["sleep", "60"], orders=-1)
    with pytest.raises(BlockingIOError):
        child.say(b"x" * 1_000_000)
    child.end()
    deaf = Guarded(["sleep", "60"])
    with pytest.raises(ValueError, match="orders=PIPE"):
        deaf.say(b"x")
    deaf.end()


def test_a_child_that_has_ended_cannot_be_told_anything() -> None:
    child = Guarded(["true"], orders=-1)
    assert eventually(lambda: _has_ended(child))
    with pytest.raises(OSError):
        child.say(b"x")
    child.end()


def _has_ended(child: Guarded) -> bool:
    try:
        os.kill(child.pid, signal.SIGCONT)
    except ProcessLookupError:
        return True
    return not is_alive(child.pid)
