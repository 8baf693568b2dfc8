"""A line over the network: Debian's ser2net serves a board's tty, raw and by RFC 2217."""

import random
from pathlib import Path

import pytest

from tests.support.programs import Lab, need

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "tests" / "support" / "served_board.sh"
RIGS = """\
version: 1
include: [{qemu}]
rigs:
  served:
    board: uboot-virt
    revision: riscv64
    serial: "{serial}"
    power:
      driver: process
      run: [sh, {script}, "{{port}}", "{{folder}}", "{accepter}"]
      reset: "system_reset\\n"
      files: {{nor.img: {{size: 33554432}}}}
"""
# A pty has no modem control to set, so that ser2net never says that it did: see docs/inventory.md.
WAYS = {
    "raw": ("tcp", "socket://127.0.0.1:{port}"),
    "rfc2217": ("telnet(rfc2217),tcp", "rfc2217://127.0.0.1:{port}?ign_set_control"),
}


@pytest.mark.parametrize(("accepter", "serial"), WAYS.values(), ids=WAYS)
def test_a_board_behind_a_serial_server_is_flashed_proven_and_tested(
    accepter: str, serial: str, tmp_path: Path
) -> None:
    need("qemu-system-riscv64", "ser2net", "socat")
    inventory = tmp_path / "lab.yaml"
    inventory.write_text(
        RIGS.format(
            qemu=ROOT / "rigs" / "qemu.yaml", serial=serial, script=BOARD, accepter=accepter
        ),
        encoding="utf-8",
    )
    lab = Lab(inventory, tmp_path)
    image = tmp_path / "payload.bin"
    image.write_bytes(random.Random(3).randbytes(8192))
    flashed = lab.flash("served", image)
    assert (flashed["proven"], flashed["retries"]) == (True, 0)
    lab.hil("console", "--rig", "served", typed=b"version\n")
    kept = tmp_path / "state" / "transcripts" / "served.log"
    assert b"Hit any key to stop autoboot" in kept.read_bytes()
    assert set(lab.run(f"uboot-virt={image}", "served").values()) == {"passed"}
