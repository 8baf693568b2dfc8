"""A flash that would hang ends by its deadline, with a code that says why, and leaves nothing."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.bench import Answer, LabFolder, living, make_lab
from tests.support.lab import eventually

TOOL = Path(__file__).parents[1] / "support" / "fake_tool.py"
RIG = "virt-a1"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="virtual rigs need Linux")


@pytest.fixture
def lab(tmp_path: Path) -> LabFolder:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    return make_lab(tmp_path)


def with_tool(lab: LabFolder, how: str, *, timeout_s: float) -> None:
    """Have the board flashed by a tool that behaves so."""
    command = json.dumps([sys.executable, str(TOOL), how, "{port}", "{image}"])
    tool = f"driver: tool\n      timeout_s: {timeout_s:g}\n      command: {command}\n"
    tool += '      phases: {connect: Connecting, transfer: "Writing (?P<percent>[0-9]+)%"}\n'
    lines = lab.inventory.read_text("utf-8").replace("driver: xmodem1k\n", tool).splitlines()
    gone = ("start: ", "accepted: ", "refused: ")
    kept = [line for line in lines if not line.strip().startswith(gone)]
    lab.inventory.write_text("\n".join(kept) + "\n", encoding="utf-8")


def flash(lab: LabFolder, inventory: Path | None = None) -> Answer:
    return lab.hil(*flash_words(lab, inventory))


def flash_words(lab: LabFolder, inventory: Path | None = None) -> list[object]:
    where = ("--inventory", inventory or lab.inventory, "--rig", RIG)
    return ["flash", *where, "--image", lab.image("1.0.0"), "--format", "json"]


def test_a_tool_that_forks_and_ignores_signals_ends_at_its_deadline(lab: LabFolder) -> None:
    with_tool(lab, "forks", timeout_s=1)
    answer = flash(lab)
    assert (answer.code, answer.document["error"]) == (3, "FLASH_TIMEOUT"), answer
    assert "did not end within 1 s and was killed" in answer.document["message"]
    assert eventually(lambda: living(str(lab.root)) == [])


def test_a_tool_that_spins_because_its_board_died_ends_at_its_deadline(lab: LabFolder) -> None:
    with_tool(lab, "stubborn", timeout_s=12)
    answer = flash(lab, lab.plant(virt_a1={"power_cut_after_bytes": 6000}))
    assert (answer.code, answer.document["error"]) == (3, "FLASH_TIMEOUT"), answer
    assert "in phase transfer" in answer.document["message"]
    assert eventually(lambda: living(str(lab.root)) == [])
    healthy = flash(lab)
    assert (healthy.code, healthy.document["proven"]) == (0, True), healthy


def test_a_port_that_vanishes_in_the_flash_and_returns_under_another_name_is_found_again(
    lab: LabFolder,
) -> None:
    # The transfer of 13 blocks is acknowledged by the 95th to the 107th byte that the board says.
    inventory = lab.plant(virt_a1={"vanish_after_bytes": 100})
    text = inventory.read_text("utf-8").replace("serial: virtual,", _PATIENT)
    inventory.write_text(text, encoding="utf-8")
    rig = lab.root / "state" / "virtual" / RIG
    with _running(lab, inventory) as flashing:
        assert eventually((rig / "tty").is_symlink)
        # Held open, the old name is not given to the port that returns.
        held = os.open(rig / "tty", os.O_RDWR | os.O_NOCTTY)
        first = (rig / "tty").readlink()
        try:
            assert eventually(lambda: not (rig / "tty").is_symlink(), within_s=60.0)
            _take_the_fault_away(rig)
            assert eventually((rig / "tty").is_symlink, within_s=60.0)
            assert (rig / "tty").readlink() != first
            out, err = flashing.communicate(timeout=100)
        finally:
            os.close(held)
    assert flashing.returncode == 0, err
    assert (json.loads(out)["proven"], json.loads(out)["retries"]) == (True, 1)


_PATIENT = "serial: virtual, line: {return_s: 60},"


@contextmanager
def _running(lab: LabFolder, inventory: Path) -> Iterator[subprocess.Popen[str]]:
    argv = lab.argv(*flash_words(lab, inventory))
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, cwd=lab.root, env=lab.environment, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _take_the_fault_away(rig: Path) -> None:
    folder = os.open(rig, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"/proc/self/fd/{folder}/control")  # the path itself may be too long
            client.sendall(b'{"do": "plant", "faults": {}}\n')
            assert json.loads(client.makefile("rb").readline())["ok"] is True
    finally:
        os.close(folder)
