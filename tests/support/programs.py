"""``hil`` as a program of its own, and whether the programs that a test needs are there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
HIL = [sys.executable, "-c", "from hil.cli.main import main; main()"]


def need(*programs: str) -> None:
    """Fail unless all ``programs`` are installed; a system test that is skipped proves nothing."""
    missing = [name for name in programs if shutil.which(name, path=PATH) is None]
    if missing:
        pytest.fail(f"not installed: {', '.join(missing)}; .ci/run says what to install")


@dataclass(frozen=True, slots=True)
class Lab:
    """An inventory with a state folder of its own, used by the command line."""

    inventory: Path
    folder: Path

    def hil(
        self, *words: object, typed: bytes = b"", timeout_s: float = 300.0
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run one command of ``hil`` on this lab."""
        return self.do([*HIL, *map(str, words)], typed=typed, timeout_s=timeout_s)

    def do(
        self, argv: Sequence[str], *, typed: bytes = b"", timeout_s: float = 300.0
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a program in the folder of this lab; ``hil`` is this one."""
        argv = [*HIL, *argv[1:]] if argv[0] == "hil" else argv
        environment = {
            **os.environ,
            "PATH": PATH,
            "HIL_INVENTORY": str(self.inventory),
            "HIL_STATE": str(self.folder / "state"),
            "HIL_LOCKS": str(self.folder / "locks"),
        }
        return subprocess.run(
            argv,
            input=typed,
            capture_output=True,
            env=environment,
            cwd=self.folder,
            timeout=timeout_s,
            check=False,
        )

    def document(self, *words: object, code: int = 0) -> Any:
        """Run one command with ``--format json`` and return its document."""
        done = self.hil(*words, "--format", "json")
        assert done.returncode == code, done.stderr.decode()
        return json.loads(done.stdout)

    def flash(self, rig: str, image: Path) -> Any:
        """Flash a rig and return what it says."""
        return self.document("flash", "--rig", rig, "--image", image)

    def run(self, image: str, rig: str) -> dict[str, str]:
        """Run the smoke suite on one rig; returns the verdict of each case."""
        words = ["--image", image, "--suite", "smoke", "--out", "out", "--rig", rig]
        campaign = self.document("run", *words)
        return {case["case"]: case["verdict"] for case in campaign["cases"]}
