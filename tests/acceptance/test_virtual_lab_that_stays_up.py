"""``hil rig up`` keeps virtual rigs running, for work over several commands."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.bench import living, make_lab
from tests.support.lab import eventually


def test_a_board_keeps_its_power_between_commands_until_the_lab_goes_down(tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    lab = make_lab(tmp_path)
    where = ("--inventory", lab.inventory)
    argv = lab.argv("rig", "up", *where)
    with subprocess.Popen(argv, env=lab.environment, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout
        assert any(line.startswith("up;") for line in up.stdout)
        on = ("--rig", "virt-a1", *where)
        assert lab.hil("flash", *on, "--image", lab.image("1.0.0")).code == 0
        asked = subprocess.run(
            lab.argv("console", *on),
            env=lab.environment,
            input=b"version\n",
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert b"version 1.0.0 build " in asked.stdout
        assert b"boot nano-v2" not in asked.stdout, "it was never started anew"
        checked = lab.hil("rig", "check", "virt-a1", *where, "--format", "json")
        parts = {part["part"]: part["state"] for part in checked.document["parts"]}
        assert parts.pop("leases") != "bad"  # in a container their reach is not known
        assert set(parts.values()) == {"good"}
        up.send_signal(signal.SIGINT)
        assert up.wait(20) == 128 + signal.SIGINT
    assert eventually(lambda: living(str(tmp_path)) == [])
