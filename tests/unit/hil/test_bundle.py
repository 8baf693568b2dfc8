"""A bundle: bounded, masked, and honest about what it lacks."""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from hil.bundle import Bundle
from hil.errors import UsageFault

MADE = "2026-03-02T12:00:00+00:00"


def written(bundle: Bundle, folder: Path) -> dict[str, str]:
    bundle.write(folder / "lab.zip", made=MADE)
    with zipfile.ZipFile(folder / "lab.zip") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_manifest_names_every_file_with_its_size_and_digest(tmp_path: Path) -> None:
    bundle = Bundle()
    bundle.add_text("rigs.json", "{}")
    files = written(bundle, tmp_path)
    manifest = json.loads(files["manifest.json"])
    digest = hashlib.sha256(b"{}").hexdigest()
    assert manifest["files"] == [
        {"name": "rigs.json", "size_bytes": 2, "sha256": digest, "cut_bytes": 0}
    ]
    assert (manifest["made"], files["rigs.json"]) == (MADE, "{}")


def test_a_secret_in_a_file_does_not_get_in(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("on: pdu --password hunter2 on\n")
    bundle = Bundle()
    bundle.add_file("inventory/lab.yaml", tmp_path / "lab.yaml")
    assert written(bundle, tmp_path)["inventory/lab.yaml"] == "on: pdu --password *** on\n"


def test_of_a_long_file_the_end_is_kept_from_a_whole_line_on(tmp_path: Path) -> None:
    (tmp_path / "long.log").write_text("a line of it\n" * 100_000 + "the end\n")
    bundle = Bundle()
    bundle.add_file("long.log", tmp_path / "long.log")
    (packed,) = bundle.packed
    assert packed.size_bytes <= 256 * 1024
    assert packed.cut_bytes > 1_000_000
    text = written(bundle, tmp_path)["long.log"]
    assert text.startswith("a line of it\n")
    assert text.endswith("the end\n")


def test_all_together_is_bounded_and_what_does_not_fit_is_named() -> None:
    bundle = Bundle()
    line = "x" * 1023 + "\n"
    for number in range(20):
        bundle.add_text(f"{number}.log", line * 1024)
    assert sum(packed.size_bytes for packed in bundle.packed) <= 16 * 1024 * 1024
    assert [entry["name"] for entry in bundle.left_out] == [f"{n}.log" for n in range(16, 20)]


def test_the_newest_files_are_taken_and_the_others_counted(tmp_path: Path) -> None:
    for age, name in enumerate(("new.log", "middle.log", "old.log")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    bundle = Bundle()
    bundle.add_newest("logs", list(tmp_path.glob("*.log")), most=2)
    assert [packed.name for packed in bundle.packed] == ["logs/00-new.log", "logs/01-middle.log"]
    assert bundle.left_out == [{"name": "logs: 1 files", "why": "older than the newest 2"}]


def test_a_link_and_a_file_that_is_gone_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    bundle = Bundle()
    bundle.add_file("link", tmp_path / "link")
    bundle.add_file("gone", tmp_path / "gone")
    assert (bundle.packed, [e["name"] for e in bundle.left_out]) == ([], ["link", "gone"])


def test_bytes_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "noise.log").write_bytes(bytes(range(256)))
    bundle = Bundle()
    bundle.add_file("noise.log", tmp_path / "noise.log")
    assert "ABC" in written(bundle, tmp_path)["noise.log"]


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "lab.zip").write_text("mine")
    with pytest.raises(UsageFault, match="is there already"):
        Bundle().write(tmp_path / "lab.zip", made=MADE)
    with pytest.raises(UsageFault, match="cannot be written"):
        Bundle().write(tmp_path / "no" / "lab.zip", made=MADE)
