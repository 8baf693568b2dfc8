"""Leases: one process at a time holds a rig, and the lock dies with its holder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.errors import RigBusy
from hil.leases.lease import Holder, acquire, find_holder
from tests.support.lab import eventually

ROOT = Path(__file__).parents[4]
ME = Holder(rig="bench-1", user="ana@lab", pid=os.getpid(), why="hil run c-1", since="2026-03-02")
OTHER = """
import sys
from pathlib import Path
from hil.leases.lease import Holder, acquire
holder = Holder(rig="bench-9", user="ben@lab", pid=1, why="soldering", since="2026-03-02")
lease = acquire(sys.argv[2:], holder, folder=Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process_holds(folder: Path, *identities: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder), *identities],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def is_free(folder: Path, *identities: str) -> bool:
    try:
        acquire(identities, ME, folder=folder).release()
    except RigBusy:
        return False
    return True


def test_a_rig_that_another_process_holds_is_busy_and_by_whom(tmp_path: Path) -> None:
    with another_process_holds(tmp_path, "device:1"):
        with pytest.raises(RigBusy, match=r"bench-1 is in use by ben@lab \(process 1: soldering"):
            acquire(["device:1"], ME, folder=tmp_path)
        found = find_holder(["device:1"], folder=tmp_path)
        assert found is not None
        assert (found.rig, found.why) == ("bench-9", "soldering")


def test_a_lock_dies_with_its_holder(tmp_path: Path) -> None:
    with another_process_holds(tmp_path, "device:1") as holder:
        assert not is_free(tmp_path, "device:1")
        holder.send_signal(signal.SIGKILL)
        assert eventually(lambda: is_free(tmp_path, "device:1"))


def test_the_record_of_a_dead_holder_is_no_holder(tmp_path: Path) -> None:
    with another_process_holds(tmp_path, "device:1"):
        pass
    records = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    assert len(records) == 1
    assert "soldering" in records[0]
    assert find_holder(["device:1"], folder=tmp_path) is None


def test_who_cannot_have_all_of_a_rig_gets_nothing_of_it(tmp_path: Path) -> None:
    for taken, free in (("power:a/3", "device:1"), ("device:1", "power:a/3")):
        with another_process_holds(tmp_path, taken):
            assert not is_free(tmp_path, "device:1", "power:a/3")
            assert is_free(tmp_path, free)


def test_a_lease_that_was_released_can_be_had_again(tmp_path: Path) -> None:
    lease = acquire(["device:1", "power:a/3"], ME, folder=tmp_path)
    assert len(lease.descriptors) == 2
    assert not is_free(tmp_path, "device:1")
    lease.release()
    assert is_free(tmp_path, "device:1")


def test_a_child_that_was_given_the_descriptor_holds_the_lock_on(tmp_path: Path) -> None:
    lease = acquire(["device:1"], ME, folder=tmp_path)
    with subprocess.Popen(
        ["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=lease.descriptors
    ) as child:
        lease.release()
        assert not is_free(tmp_path, "device:1")
        child.kill()
    assert is_free(tmp_path, "device:1")


def test_rigs_that_share_nothing_are_leased_side_by_side(tmp_path: Path) -> None:
    lease = acquire(["device:1"], ME, folder=tmp_path)
    assert is_free(tmp_path, "device:2")
    lease.release()


def test_a_lock_whose_record_cannot_be_read_is_held_by_somebody(tmp_path: Path) -> None:
    lease = acquire(["device:1"], ME, folder=tmp_path)
    (record,) = tmp_path.iterdir()
    record.write_text("{")
    found = find_holder(["device:1"], folder=tmp_path)
    assert found is not None
    assert found.user == "somebody"
    with pytest.raises(RigBusy, match="in use by somebody"):
        acquire(["device:1"], ME, folder=tmp_path)
    lease.release()


def test_nobody_holds_what_was_never_leased(tmp_path: Path) -> None:
    assert find_holder(["device:1", "power:a/3"], folder=tmp_path) is None
