"""Eviction, with real processes: ask, wait, kill, and never the wrong one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.errors import UsageFault
from hil.leases.eviction import Evicted, Patience, evict
from hil.leases.lease import Holder, find_holder

ROOT = Path(__file__).parents[4]
HOLD = """
import os, signal, subprocess, sys, threading
from pathlib import Path
from hil.leases.lease import Holder, acquire
folder, how, job = sys.argv[1:]
pid = os.getpid() if how != "lies" else 1
holder = Holder(rig="bench-1", user="ben@lab", pid=pid, why="hil run", since="now", job=job)
if how == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
lease = acquire(["device:1"], holder, folder=Path(folder))
if how == "dead":
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=0,
        pass_fds=lease.descriptors,
    )
print("held", flush=True)
if how != "dead":
    threading.Event().wait()
"""
SHORT = Patience(asked_s=5.0, killed_s=5.0)


@contextmanager
def a_holder(folder: Path, how: str = "fair", job: str = "") -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    argv = [sys.executable, "-c", HOLD, str(folder), how, job]
    with subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        if how == "dead":
            process.wait(10.0)
        try:
            yield process
        finally:
            process.kill()


def holder_of(folder: Path) -> Holder:
    found = find_holder(["device:1"], folder=folder)
    assert found is not None
    return found


def end(folder: Path, *, patience: Patience = SHORT, proc: Path = Path("/proc")) -> Evicted:
    return evict(holder_of(folder), ["device:1"], folder=folder, patience=patience, proc=proc)


def test_a_holder_that_listens_is_asked_and_ends(tmp_path: Path) -> None:
    with a_holder(tmp_path) as process:
        said = end(tmp_path).sentence()
        assert process.wait(5.0) == -15
    assert said.startswith("ended ben@lab (process ")
    assert said.endswith("it ended when it was asked to (SIGTERM)")
    assert find_holder(["device:1"], folder=tmp_path) is None


def test_a_holder_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    with a_holder(tmp_path, "deaf") as process:
        said = end(tmp_path, patience=Patience(asked_s=0.2, killed_s=5.0)).sentence()
        assert process.wait(5.0) == -9
    assert said.endswith("it did not end within 0.2 s and was killed (SIGKILL)")


def test_what_a_dead_holder_left_behind_is_ended(tmp_path: Path) -> None:
    with a_holder(tmp_path, "dead"):
        end(tmp_path)
    assert find_holder(["device:1"], folder=tmp_path) is None


def test_a_ci_job_is_left_to_its_ci_system(tmp_path: Path) -> None:
    with a_holder(tmp_path, job="CI job 77") as process:
        with pytest.raises(UsageFault, match="a CI job is not ended from a bench") as refused:
            end(tmp_path)
        assert refused.value.hint.endswith(f"kill {process.pid}")
        assert process.poll() is None


def test_a_recorded_number_is_not_signalled_unless_it_has_the_lock(tmp_path: Path) -> None:
    nobody = tmp_path / "proc"
    (nobody / "1").mkdir(parents=True)
    with a_holder(tmp_path / "locks", "lies") as process:
        with pytest.raises(UsageFault, match="no process that this user can see") as refused:
            end(tmp_path / "locks", proc=nobody)
        assert refused.value.code == "NOT_EVICTED"
        assert process.poll() is None
