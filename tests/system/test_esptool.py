"""esptool, by its recipe, against a mock of the ESP32-C3's ROM bootloader."""

import random
import sys
from pathlib import Path

import pytest

from tests.support.programs import Lab, need

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

BOARD = Path(__file__).parents[1] / "support" / "esp_board.py"
INVENTORY = f"""\
version: 1
boards:
  esp32c3:
    console: {{prompt: "\\n> ", banner: 'app (?P<version>\\S+)', reset: 'ESP-ROM:'}}
    image: {{at: 0x10000, size: 0x100000}}
    flasher:
      driver: tool
      recipe: esptool
      with: {{chip: esp32c3, enter: no-reset, leave: no-reset, stub: --no-stub}}
    smoke:
      version: {{send: "version\\n", expect: 'version (?P<version>\\S+)'}}
      echo: {{send: "echo {{nonce}}\\n", expect: '{{nonce}}'}}
rigs:
  esp-1:
    board: esp32c3
    revision: v0.4
    serial: socket://127.0.0.1:{{port}}
    power:
      driver: process
      run: ["{sys.executable}", "{BOARD}", "{{port}}", "{{folder}}"]
      reset: "reset\\n"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    need("esptool")
    inventory = tmp_path / "lab.yaml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    return Lab(inventory, tmp_path)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.bin"
    file.write_bytes(b"APP 1.4.0\n" + random.Random(7).randbytes(20_000))
    return file


def test_an_image_is_flashed_by_the_recipe_read_back_and_tested(
    lab: Lab, app: Path, tmp_path: Path
) -> None:
    assert lab.flash("esp-1", app)["proven"] is True
    held = (tmp_path / "state" / "rigs" / "esp-1" / "flash.bin").read_bytes()
    assert held[0x10000 : 0x10000 + len(app.read_bytes())] == app.read_bytes()
    assert lab.run(f"esp32c3={app}", "esp-1") == dict.fromkeys(
        ["echo", "identity", "power_cycle"], "passed"
    )


def test_a_person_can_talk_to_the_board(lab: Lab, tmp_path: Path) -> None:
    lab.hil("console", "--rig", "esp-1", typed=b"version\n")
    assert b"version none" in (tmp_path / "state" / "transcripts" / "esp-1.log").read_bytes()


def test_a_wrong_chip_is_refused_in_the_tools_own_words(
    lab: Lab, app: Path, tmp_path: Path
) -> None:
    lab.inventory.write_text(INVENTORY.replace("chip: esp32c3", "chip: esp32c6"), encoding="utf-8")
    document = lab.document("flash", "--rig", "esp-1", "--image", app, code=3)
    assert document["error"] == "FLASH_REFUSED"
    assert "This chip is ESP32-C3, not ESP32-C6" in document["message"]
    assert "Connecting" in (tmp_path / "state" / "transcripts" / "esp-1.flasher.log").read_text(
        encoding="utf-8"
    )
