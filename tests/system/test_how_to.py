"""The page on adding a board is followed literally: its files are written, its commands run."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.programs import Lab, need

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-board.md"
BLOCK = re.compile(
    r"^```(?P<kind>yaml hil\.yaml|console)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)


def test_a_board_is_added_as_the_page_says(tmp_path: Path) -> None:
    need("qemu-system-riscv64")
    lab = Lab(tmp_path / "hil.yaml", tmp_path)
    done = 0
    for block in BLOCK.finditer(PAGE.read_text("utf-8")):
        if block["kind"] == "yaml hil.yaml":
            lab.inventory.write_text(block["text"], encoding="utf-8")
            continue
        for line in block["text"].splitlines():
            ended = lab.do(shlex.split(line.removeprefix("$ ")))
            assert ended.returncode == 0, f"{line}\n{ended.stdout!r}\n{ended.stderr!r}"
            done += 1
    assert done == 8
