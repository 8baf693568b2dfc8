"""The demo's story, and that it is not a script: with the parts exchanged it ends otherwise."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.bench import LabFolder

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def engine() -> None:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")


def play(root: Path, *words: str) -> tuple[dict[str, Any], Path]:
    folder = LabFolder(root)
    program = Path(sys.executable).with_name("fwrelease")
    answer = folder.run(
        [str(program), "demo", "--folder", "demo", "--format", "json", *words], timeout_s=280
    )
    assert answer.code == 0, answer.err[-3000:]
    return answer.document, root / "demo"


def test_a_good_build_goes_out_a_bad_one_stops_in_the_lab_and_another_in_the_field(
    tmp_path: Path,
) -> None:
    told, folder = play(tmp_path)
    good, regressed, silent = told["releases"]
    assert (good["campaign_exit"], good["gate_exit"], good["rollout_exit"]) == (0, 0, 0)
    assert (regressed["campaign_exit"], regressed["gate_exit"]) == (1, 1)
    assert regressed["rollout_exit"] is None
    assert (silent["campaign_exit"], silent["gate_exit"], silent["rollout_exit"]) == (0, 0, 1)
    campaign = json.loads((folder / "campaigns/1.1.0/result.json").read_text("utf-8"))
    failed = {(c["case"], c["revision"], c["layer"]) for c in campaign["cases"] if c["layer"]}
    assert failed == {("selftest", "b", "product")}
    states = {rig["rig"]: rig["state"] for rig in campaign["rigs"]}
    assert [rig for rig, state in states.items() if state == "quarantined"] == ["virt-a2"]
    for path in told["left"].values():
        assert (tmp_path / path).exists()


@pytest.mark.thorough
def test_with_its_bug_on_the_other_revision_the_sentence_names_that_one(tmp_path: Path) -> None:
    parts = ("--second-image", "nano-v2-1.1.0-bug-a.bin", "--worn-rig", "virt-b2", "--weeks", "2")
    told, folder = play(tmp_path, *parts)
    _, regressed = told["releases"]
    assert regressed["gate_exit"] == 1
    campaign = json.loads((folder / "campaigns/1.1.0/result.json").read_text("utf-8"))
    assert "revision a" in campaign["headline"]
    assert {c["revision"] for c in campaign["cases"] if c["layer"] == "product"} == {"a"}


@pytest.mark.thorough
def test_without_bug_and_silence_every_build_reaches_everybody(tmp_path: Path) -> None:
    told, _ = play(tmp_path, "--second-image", "nano-v2-1.1.0-fixed.bin", "--silent-rate", "0.0")
    for release in told["releases"]:
        outcome = (release["campaign_exit"], release["gate_exit"], release["rollout_exit"])
        assert outcome == (0, 0, 0), release
