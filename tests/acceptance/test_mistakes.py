"""A user's mistake gets one message with a hint, exit code 2, and changes nothing."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from tests.support.bench import LabFolder, make_lab

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/hil-error.json").read_text("utf-8"))


@pytest.fixture
def lab(tmp_path: Path) -> LabFolder:
    return make_lab(tmp_path)


def refused(lab: LabFolder, *words: object) -> str:
    """Run a command that has to be refused; return its message."""
    before = sorted(path for path in lab.root.rglob("*") if path.suffix != ".pyc")
    answer = lab.hil(*words, "--format", "json")
    assert answer.code == 2, answer.err
    jsonschema.validate(answer.document, SCHEMA)
    assert answer.document["hint"] in answer.err
    after = sorted(path for path in lab.root.rglob("*") if path.suffix != ".pyc")
    assert [path for path in after if path not in before and path.name != "locks"] == []
    return str(answer.document["message"])


def flash(lab: LabFolder, rig: str = "virt-a1", image: object = None) -> tuple[object, ...]:
    chosen = image or lab.image("1.0.0")
    return ("flash", "--inventory", lab.inventory, "--rig", rig, "--image", chosen)


def test_an_unknown_rig_is_refused_and_the_known_ones_named(lab: LabFolder) -> None:
    said = refused(lab, *flash(lab, rig="virt-z9"))
    assert "virt-z9" in said
    assert "virt-a1, virt-a2, virt-b1, virt-b2" in said


def test_a_missing_image_is_refused(lab: LabFolder) -> None:
    assert "nothing.bin" in refused(lab, *flash(lab, image=lab.root / "nothing.bin"))


def test_an_image_for_another_board_is_refused_before_anything_is_flashed(lab: LabFolder) -> None:
    assert "nano-v9" in refused(lab, *flash(lab, image=lab.image("9.0.5-othername")))
    words = ("run", "--inventory", lab.inventory, "--out", lab.root / "out")
    other = f"nano-v2={lab.image('9.0.5-othername')}"
    assert "nano-v9" in refused(lab, *words, "--image", other)


def test_an_image_that_the_board_does_not_take_is_refused(lab: LabFolder) -> None:
    raw = lab.root / "raw.bin"
    raw.write_bytes(b"\0\x20" * 100)
    assert "is a raw binary; nano-v2 takes mcuboot" in refused(lab, *flash(lab, image=raw))
    words = ("run", "--inventory", lab.inventory, "--out", lab.root / "out")
    assert "takes mcuboot" in refused(lab, *words, "--image", f"nano-v2={raw}")
    assert "has no rig of micro-v1" in refused(lab, *words, "--image", f"micro-v1={raw}")


def test_an_image_for_another_revision_is_refused(lab: LabFolder) -> None:
    said = refused(lab, *flash(lab, rig="virt-b1", image=lab.image("9.0.6-rev-a")))
    assert "virt-b1 is nano-v2 revision b" in said


def test_a_revision_that_the_lab_does_not_have_is_infeasible(lab: LabFolder) -> None:
    text = lab.inventory.read_text("utf-8").replace("revision: b", "revision: c")
    lab.inventory.write_text(text, encoding="utf-8")
    words = ("run", "--inventory", lab.inventory, "--out", lab.root / "out")
    said = refused(lab, *words, "--image", f"nano-v2={lab.image('1.0.0')}")
    assert "no rig of nano-v2 revision b" in said


def test_broken_yaml_is_refused_with_every_mistake_and_its_line(lab: LabFolder) -> None:
    text = lab.inventory.read_text("utf-8")
    text = text.replace("baud: 115200", "baud: fast").replace(
        "{board: nano-v2, rev", "{bord: n, rev"
    )
    lab.inventory.write_text(text, encoding="utf-8")
    said = refused(lab, *flash(lab))
    line = text[: text.index("baud: fast")].count("\n") + 1
    assert f"virtual.yaml:{line}: boards.nano-v2.baud" in said
    assert said.count("no key 'bord' here; did you mean 'board'?") == 4


def test_an_inventory_that_is_not_there_is_refused(lab: LabFolder) -> None:
    lab.inventory.unlink()
    assert "no such inventory" in refused(lab, "rig", "list", "--inventory", lab.inventory)


def test_a_folder_that_holds_something_else_is_not_overwritten(lab: LabFolder) -> None:
    words = ("run", "--inventory", lab.inventory, "--image", f"nano-v2={lab.image('1.0.0')}")
    assert "holds no campaign" in refused(lab, *words, "--out", lab.root / "lab")


def test_a_rig_in_use_is_refused_by_name_and_says_who_has_it(lab: LabFolder) -> None:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    with _console_on(lab, "virt-a1"):
        answer = lab.hil(*flash(lab), "--format", "json")
        assert (answer.code, answer.document["error"]) == (3, "RIG_BUSY")
        assert "hil console" in answer.document["message"]
        listed = lab.hil("rig", "list", "--inventory", lab.inventory, "--format", "json").document
        states = {rig["rig"]: rig["state"] for rig in listed["rigs"]}
        assert states["virt-a1"] == "leased"
        assert states["virt-a2"] == "free"


@contextmanager
def _console_on(lab: LabFolder, rig: str) -> Iterator[None]:
    argv = lab.argv("console", "--inventory", lab.inventory, "--rig", rig)
    pipe = subprocess.PIPE
    process = subprocess.Popen(argv, env=lab.environment, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stderr
    assert process.stderr.readline()  # says where the transcript is: the rig is leased
    try:
        yield
    finally:
        process.communicate(timeout=20)
