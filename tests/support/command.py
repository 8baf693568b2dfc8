"""The command line of ``hil`` in this very process, in an empty folder, with what it said."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hil.cli.main import _format_of, _run
from hil.cli.output import Output

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
BENCH = """\
version: 1
boards:
  nano:
    console: {prompt: "nano> ", banner: 'app (?P<version>\\S+)'}
    flasher:
      {driver: xmodem1k, window: boot, enter: x, prompt: "boot> ", start: load, accepted: ok,
       refused: bad, run: run}
rigs:
  bench-1: {board: nano, revision: b, serial: /dev/null, power: {driver: command}}
  bench-2: {board: nano, revision: b, serial: /dev/zero, power: {driver: command}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def document(self, schema: str) -> Any:
        """Return the one JSON document on standard output, checked against a published schema."""
        document = json.loads(self.out)
        jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))
        return document


@dataclass(frozen=True, slots=True)
class CommandLine:
    """An empty folder to run commands in; nothing outside it is touched."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def hil(self, *words: object) -> Said:
        """Run one command."""
        arguments = [str(word) for word in words]
        self.capture.readouterr()
        code = _run(arguments, Output(_format_of(arguments)))
        out, err = self.capture.readouterr()
        return Said(code=code, out=out, err=err)

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def a_command_line(
    folder: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """Return a command line whose every default lies in ``folder``."""
    monkeypatch.chdir(folder)
    for name in ("HIL_INVENTORY", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HIL_STATE": "state", "HIL_LOCKS": "locks"}.items():
        monkeypatch.setenv(name, str(folder / value))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    return CommandLine(folder, capture)
