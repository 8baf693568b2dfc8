"""The package data is found from a checkout, from an editable install and from a wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the unpacked wheel, as an installer would lay it out."""
    built, unpacked = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("site")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
    (path,) = built.glob("*.whl")
    zipfile.ZipFile(path).extractall(unpacked)
    return unpacked


def init(folder: Path, *, imported_from: Path | None) -> str:
    """Run ``hil init`` with the package from ``imported_from``; return where it came from."""
    code = "import hil, hil.cli.main as m; print(hil.__file__); m.main()"
    environment = dict(os.environ)
    if imported_from is not None:
        environment["PYTHONPATH"] = str(imported_from)
    done = subprocess.run(
        [sys.executable, "-c", code, "init", "--virtual", "lab"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert (folder / "lab" / "virtual.yaml").is_file()
    assert (folder / "lab" / "images" / "nano-v2-1.0.0.bin").is_file()
    return done.stdout.splitlines()[0]


def test_a_lab_is_made_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    assert init(tmp_path, imported_from=wheel).startswith(str(wheel))


def test_a_wheel_carries_the_bootloader_of_the_virtual_board(wheel: Path) -> None:
    assert (wheel / "hil" / "rigs" / "firmware" / "images" / "boot-nano-v2.bin").is_file()
    assert not (wheel / "rigs").exists()


def test_a_lab_is_made_from_a_checkout(tmp_path: Path) -> None:
    assert init(tmp_path, imported_from=ROOT).startswith(str(ROOT))


def test_a_lab_is_made_from_what_is_installed_here(tmp_path: Path) -> None:
    init(tmp_path, imported_from=None)
