"""The tutorial and the README say only what works: their commands are run as they stand."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.support.bench import LabFolder

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"^\$ (?P<line>.*?)(?:\s+# exit (?P<code>\d))?$")


def commands(page: str) -> list[tuple[str, int]]:
    """Return the commands in a page's console blocks, each with the exit code it announces."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [match for line in lines if (match := COMMAND.match(line))]
    return [(match["line"], int(match["code"] or 0)) for match in found]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", ["docs/tutorial.md", "README.md"])
def test_every_command_of_a_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    test = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert test
    (tmp_path / "test_board.py").write_text(test[1], encoding="utf-8")
    folder = LabFolder(tmp_path)
    asked = commands(page)
    assert len(asked) > 10
    for line, expected in asked:
        program, *words = line.split()
        answer = folder.run([str(Path(sys.executable).with_name(program)), *words])
        assert answer.code == expected, f"$ {line}\n{answer.out}\n{answer.err}"


def test_the_quick_start_is_two_blocks_and_the_second_is_what_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Quick start")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    for line in blocks[1].strip().splitlines():
        assert line.removeprefix(".venv/bin/pip install ") in ci
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
