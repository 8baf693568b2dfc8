"""A lab of virtual rigs in a folder of its own, driven by the command line as a user would."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).parents[2] / "rigs" / "firmware" / "images"
CHIPS = {"virt-a1": "5e1f00a1", "virt-a2": "5e1f00a2", "virt-b1": "5e1f00b1", "virt-b2": "5e1f00b2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class LabFolder:
    """An empty folder with a lab in it; nothing outside it is touched."""

    root: Path

    @property
    def inventory(self) -> Path:
        """The inventory of four virtual rigs."""
        return self.root / "lab" / "virtual.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """An environment whose processes can be told from all others by this folder."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        return kept | {
            "HIL_STATE": str(self.root / "state"),
            "HIL_LOCKS": str(self.root / "locks"),
        }

    def plant(self, **faults: dict[str, object]) -> Path:
        """Return an inventory in which rigs have faults, by rig name with ``_`` for ``-``."""
        text = self.inventory.read_text("utf-8")
        for name, fault in faults.items():
            chip = CHIPS[name.replace("_", "-")]
            text = text.replace(f'"{chip}"', f'"{chip}", faults: {json.dumps(fault)}')
        path = self.inventory.with_name("planted.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    def image(self, name: str) -> Path:
        """Return one of the committed images of the virtual board."""
        return IMAGES / f"nano-v2-{name}.bin"

    def argv(self, *words: object) -> list[str]:
        """Return a command line of ``hil`` for this environment."""
        return [sys.executable, "-m", "hil.cli.main", *map(str, words)]

    def hil(self, *words: object, timeout_s: float = 100.0) -> Answer:
        """Run ``hil`` to its end."""
        return self.run(self.argv(*words), timeout_s=timeout_s)

    def run(self, argv: Sequence[str], *, timeout_s: float = 100.0) -> Answer:
        """Run a command in this folder to its end."""
        done = subprocess.run(
            argv,
            cwd=self.root,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        return Answer(code=done.returncode, out=done.stdout, err=done.stderr)

    def campaign(self, *words: object, image: str, inventory: Path | None = None) -> Answer:
        """Run the smoke suite on an image; ``words`` are further options."""
        target, _, name = image.rpartition("=")
        return self.hil(
            *("run", "--inventory", inventory or self.inventory, "--suite", "smoke"),
            *("--image", f"{target or 'nano-v2'}={self.image(name)}"),
            *("--out", "out", "--format", "json", *words),
        )


def make_lab(root: Path) -> LabFolder:
    """Write a lab into ``root`` with ``hil init``."""
    folder = LabFolder(root)
    made = folder.hil("init", "--virtual", "lab")
    assert made.code == 0, made.err
    return folder


def living(token: str) -> list[int]:
    """Return the processes that carry ``token`` in their environment, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if state != "Z" and token.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while we looked
    return found
