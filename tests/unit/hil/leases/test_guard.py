"""The guard: whatever ends the harness ends what it started, and only then frees the rig."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hil.errors import RigBusy
from hil.leases.guarded import Guarded
from hil.leases.lease import Holder, acquire
from tests.support.lab import eventually, is_alive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

ROOT = Path(__file__).parents[4]
ME = Holder(rig="bench-1", user="ana@lab", pid=0, why="test", since="2026-03-02")
# A tool that forks twice, leaves its session, ignores what it may, and writes its pid to a file.
STRAY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        with open(sys.argv[1] + ".new", "w") as stream:
            stream.write(str(os.getpid()))
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        while True:
            signal.pause()
    os._exit(0)
os.wait()
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""
STAYS = "\nwhile True: signal.pause()"
HARNESS = """
import sys
from pathlib import Path
from hil.leases.guarded import Guarded
from hil.leases.lease import Holder, acquire
folder = Path(sys.argv[1])
holder = Holder(rig="bench-1", user="ben@lab", pid=1, why="flashing", since="2026-03-02")
lease = acquire(["device:1"], holder, folder=folder / "locks")
child = Guarded([sys.executable, "-c", sys.argv[2], str(folder / "pid")], leases=lease.descriptors)
print("running", flush=True)
child.wait()
"""


def is_free(folder: Path) -> bool:
    try:
        acquire(["device:1"], ME, folder=folder / "locks").release()
    except RigBusy:
        return False
    return True


def stray_pid(folder: Path) -> int:
    assert eventually((folder / "pid").exists)
    return int((folder / "pid").read_text())


def test_a_harness_that_is_killed_takes_its_strays_along_before_the_rig_is_free(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path), STRAY + STAYS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as harness:
        pid = stray_pid(tmp_path)
        assert is_alive(pid)
        assert not is_free(tmp_path)
        harness.send_signal(signal.SIGKILL)
        assert eventually(lambda: is_free(tmp_path))
        assert not is_alive(pid)


def test_what_a_child_leaves_behind_is_killed_when_it_ends(tmp_path: Path) -> None:
    child = Guarded([sys.executable, "-c", STRAY, str(tmp_path / "pid")])
    pid = stray_pid(tmp_path)
    assert child.wait(10.0) == 0
    assert not is_alive(pid)


def test_ending_a_child_ends_its_strays(tmp_path: Path) -> None:
    child = Guarded([sys.executable, "-c", STRAY + STAYS, str(tmp_path / "pid")])
    pid = stray_pid(tmp_path)
    child.end()
    assert not is_alive(pid)
    assert child.wait(10.0) == 137


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -TERM $$", 128 + signal.SIGTERM)]
)
def test_a_guard_hands_on_how_its_child_ended(script: str, code: int) -> None:
    child = Guarded(["sh", "-c", script])
    assert child.wait(10.0) == code
    child.end()


def test_a_child_that_still_runs_has_no_exit_code() -> None:
    child = Guarded(["cat", "/dev/zero"], output=subprocess.DEVNULL)
    assert child.wait(0.0) is None
    child.end()


def test_a_signal_to_the_guard_does_not_free_the_rig(tmp_path: Path) -> None:
    child = Guarded([sys.executable, "-c", STRAY + STAYS, str(tmp_path / "pid")])
    pid = stray_pid(tmp_path)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(child.pid, number)
    assert child.wait(0.1) is None
    assert is_alive(pid)
    child.end()


def test_what_a_child_says_is_kept_where_it_was_told(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as output:
        child = Guarded(["sh", "-c", "echo out; echo err >&2"], output=output)
        assert child.wait(10.0) == 0
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_a_child_sees_only_the_environment_it_was_given(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as output:
        given = {"PATH": os.environ["PATH"], "LAB": "yes"}
        child = Guarded(["sh", "-c", "echo $LAB$HOME"], output=output, environment=given)
        assert child.wait(10.0) == 0
    assert (tmp_path / "log").read_text() == "yes\n"
