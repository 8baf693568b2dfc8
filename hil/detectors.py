"""Detectors of common systems, as the package brings them: rigs/detectors.yaml."""

from functools import cache
from importlib import resources
from pathlib import Path

from hil.inventory.detectors import DetectorTable, build_tables
from hil.inventory.document import read_document


@cache
def packaged_detectors() -> dict[str, DetectorTable]:
    """Return the tables by name; read once, and only where a board asks for one."""
    packaged = resources.files("hil") / "rigs"
    rigs = packaged if packaged.is_dir() else Path(__file__).resolve().parents[1] / "rigs"
    file = rigs / "detectors.yaml"
    document = read_document(file.read_text(encoding="utf-8"), name=str(file))
    return build_tables(document.data["detectors"])
