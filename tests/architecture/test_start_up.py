"""What is loaded before it is needed: nothing that is heavy."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ["jsonschema", "serial", "yaml", "re2", "tenacity", "sqlalchemy", "numpy", "scipy", "rich"]
HEAVY += ["elftools", "intelhex"]
SHOW = f"\nimport json, sys; print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"


def loaded_by(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script + SHOW], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_pytest_plugin_loads_nothing_heavy_in_a_project_that_does_not_use_it() -> None:
    assert loaded_by("import pytest, hil.pytest_plugin.plugin") == []


def test_help_loads_nothing_heavy() -> None:
    script = (
        "from contextlib import suppress\nfrom hil.cli.main import main\n"
        "with suppress(SystemExit): main(['--help'])"
    )
    assert set(loaded_by(script)).isdisjoint(
        {"jsonschema", "sqlalchemy", "numpy", "scipy", "rich", "elftools"}
    )
