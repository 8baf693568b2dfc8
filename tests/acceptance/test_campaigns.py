"""What ``hil run`` answers: the verdict table, on virtual rigs, by its exit code and its JSON."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from fwrelease.evidence.record import parse
from fwrelease.evidence.statement import CampaignReport, Evidence, Result
from tests.support.bench import Answer, LabFolder, make_lab

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/hil-run.json").read_text("utf-8"))


@pytest.fixture
def lab(tmp_path: Path) -> LabFolder:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    return make_lab(tmp_path)


def verdicts(answer: Answer) -> set[tuple[str, str, str]]:
    """Return (case, revision, verdict) of all that did not pass, from a document that fits."""
    jsonschema.validate(answer.document, SCHEMA)
    return {
        (case["case"], case["revision"], case["verdict"])
        for case in answer.document["cases"]
        if case["verdict"] != "passed"
    }


def test_a_good_build_passes_with_evidence_for_each_revision(lab: LabFolder) -> None:
    answer = lab.campaign(image="1.0.0")
    assert (answer.code, answer.document["verdict"]) == (0, "passed"), answer.err
    assert verdicts(answer) == set()
    assert len(answer.document["cases"]) == 12
    statements = [_evidence(lab, path) for path in answer.document["evidence"]]
    assert {(s.revision, s.result) for s in statements} == {
        ("a", Result.PASSED),
        ("b", Result.PASSED),
    }
    digest = answer.document["images"][0]["image_sha256"]
    attempts = [a for case in answer.document["cases"] for a in case["attempts"]]
    assert {attempt["image_sha256"] for attempt in attempts} == {digest}
    assert all(attempt["proven"] for attempt in attempts)


def test_a_regression_on_one_revision_is_confirmed_against_the_last_good_build_of_history(
    lab: LabFolder,
) -> None:
    assert lab.campaign(image="1.0.0").code == 0
    answer = lab.campaign(image="1.1.0")
    assert answer.code == 1
    assert verdicts(answer) == {("selftest", "b", "failed")}
    (failed,) = (case for case in answer.document["cases"] if case["verdict"] == "failed")
    assert failed["layer"] == "product"
    assert {attempt["wave"] for attempt in failed["attempts"]} == {"main", "confirm", "control"}
    assert {attempt["rig"] for attempt in failed["attempts"]} == {"virt-b1", "virt-b2"}
    results = {
        s.revision: s.result for s in (_evidence(lab, p) for p in answer.document["evidence"])
    }
    assert results == {"a": Result.PASSED, "b": Result.FAILED}


def test_a_failure_without_a_last_good_build_is_unconfirmed_and_no_evidence(lab: LabFolder) -> None:
    answer = lab.campaign(image="nano-v2:b=1.1.0")
    assert answer.code == 1
    assert verdicts(answer) == {("selftest", "b", "unconfirmed")}
    assert answer.document["evidence"] == []
    assert "--baseline" in answer.document["headline"]
    report = json.loads((lab.root / "out/reports/nano-v2-b-smoke.json").read_text("utf-8"))
    assert isinstance(parse(report, name="report"), CampaignReport)


def test_a_rig_fault_is_told_apart_and_its_cases_run_on_the_neighbour(lab: LabFolder) -> None:
    planted = lab.plant(virt_a2={"dead_page": 2})
    answer = lab.campaign(image="nano-v2:a=1.0.0", inventory=planted)
    assert (answer.code, verdicts(answer)) == (0, set())
    states = {rig["rig"]: rig["state"] for rig in answer.document["rigs"]}
    assert states == {"virt-a1": "free", "virt-a2": "quarantined"}
    passed_on = {a["rig"] for c in answer.document["cases"] for a in c["attempts"][-1:]}
    assert passed_on == {"virt-a1"}
    listed = lab.hil("rig", "list", "--inventory", planted, "--format", "json").document
    assert {r["rig"]: r["state"] for r in listed["rigs"]}["virt-a2"] == "quarantined"


def test_a_rig_that_spoils_every_build_is_found_out_by_the_last_good_build(lab: LabFolder) -> None:
    planted = lab.plant(virt_a1={"boot_loop": True})
    baseline = f"nano-v2={lab.image('1.2.0')}"
    answer = lab.campaign("--baseline", baseline, image="nano-v2:a=1.0.0", inventory=planted)
    assert (answer.code, verdicts(answer)) == (0, set())
    (bad,) = (rig for rig in answer.document["rigs"] if rig["state"] == "quarantined")
    assert (bad["rig"], bad["reason"].split(":")[0]) == ("virt-a1", "FAULTY_RIG")


def test_faults_on_all_rigs_of_a_revision_prove_nothing(lab: LabFolder) -> None:
    planted = lab.plant(virt_b1={"dead_page": 2}, virt_b2={"stale_flash": True})
    answer = lab.campaign(image="1.0.0", inventory=planted)
    assert (answer.code, answer.document["verdict"]) == (3, "inconclusive")
    spoilt = {(revision, verdict) for _, revision, verdict in verdicts(answer)}
    assert ("b", "errored") in spoilt
    assert spoilt <= {("b", "errored"), ("b", "not_run")}
    assert [Path(path).name for path in answer.document["evidence"]] == ["nano-v2-a-smoke.json"]


@pytest.mark.parametrize(
    ("variant", "case"),
    [
        ("9.0.2-panic", "selftest"),
        pytest.param("9.0.4-bootloop", "identity", marks=pytest.mark.thorough),
    ],
)
def test_a_build_that_panics_or_does_not_start_is_the_products_fault(
    lab: LabFolder, variant: str, case: str
) -> None:
    baseline = f"nano-v2={lab.image('1.0.0')}"
    answer = lab.campaign("--baseline", baseline, image=f"nano-v2:a={variant}")
    assert answer.code == 1
    assert (case, "a", "failed") in verdicts(answer)
    assert all(rig["state"] == "free" for rig in answer.document["rigs"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "import pytest\n@pytest.mark.skip(reason='later')\ndef test_it(hil_dut): pass\n",
        "import pytest\ndef test_it(hil_dut): pytest.skip('not today')\n",
    ],
    ids=["an empty suite", "a skipped test", "a test that skips itself"],
)
def test_what_was_not_run_is_never_a_pass(lab: LabFolder, body: str) -> None:
    suite = lab.root / "test_mine.py"
    suite.write_text(body, encoding="utf-8")
    answer = lab.campaign("--suite", suite, "--rig", "virt-a1", image="nano-v2:a=1.0.0")
    assert answer.code == 3
    assert answer.document["verdict"] == "inconclusive"
    assert answer.document["evidence"] == []


def test_a_board_that_is_left_out_is_never_a_pass(lab: LabFolder) -> None:
    answer = lab.campaign("--rig", "virt-a1", image="1.0.0")
    assert answer.code == 3
    assert {(revision, verdict) for _, revision, verdict in verdicts(answer)} == {("b", "not_run")}


def _evidence(lab: LabFolder, path: str) -> Evidence:
    statement = parse(json.loads((lab.root / path).read_text("utf-8")), name=path)
    assert isinstance(statement, Evidence)
    return statement


TEN_LINES = """
import pytest


@pytest.mark.hil(each="rig")
def test_the_board_answers(hil_console):
    assert "version 1.0.0" in hil_console.ask("version")
"""
NOBODY_CAN = """
import pytest


@pytest.mark.hil(each="rig", capabilities=["laser"])
def test_nobody_can_run_this(hil_console): ...
"""


def plain_pytest(lab: LabFolder, body: str, *words: str) -> Answer:
    (lab.root / "test_mine.py").write_text(body, encoding="utf-8")
    argv = [sys.executable, "-m", "pytest", "--hil-inventory", "lab/virtual.yaml", "-v", *words]
    return lab.run([*argv, "--hil-image", f"nano-v2={lab.image('1.0.0')}"])


def test_ten_lines_of_pytest_run_on_every_rig(lab: LabFolder) -> None:
    answer = plain_pytest(lab, TEN_LINES, "-n", "auto")
    assert answer.code == 0, answer.out
    for rig in ("a@virt-a1", "a@virt-a2", "b@virt-b1", "b@virt-b2"):
        assert f"test_the_board_answers[nano-v2:{rig}]" in answer.out
    assert "4 passed" in answer.out


def test_a_rig_that_somebody_holds_or_that_is_out_of_the_pool_is_left_alone(lab: LabFolder) -> None:
    where = ("--inventory", lab.inventory)
    quarantined = lab.hil("rig", "quarantine", "virt-a2", "--reason", "loose cable", *where)
    assert quarantined.code == 0
    argv = lab.argv("console", *where, "--rig", "virt-a1")
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=lab.environment, stdin=pipe, stdout=pipe, stderr=pipe) as held:
        assert held.stderr
        assert held.stderr.readline()  # says where the transcript is: the rig is leased
        answer = lab.campaign(image="nano-v2:a=1.0.0")
        assert answer.code == 3
        states = {rig["rig"]: rig["state"] for rig in answer.document["rigs"]}
        assert states == {"virt-a1": "leased", "virt-a2": "quarantined"}
        ran = plain_pytest(lab, TEN_LINES)
        assert "2 passed" in ran.out, ran.out
        held.communicate(timeout=20)


@pytest.mark.parametrize("words", [(), ("-n", "auto")], ids=["one process", "workers"])
def test_a_case_that_no_rig_can_run_is_never_green(lab: LabFolder, words: tuple[str, ...]) -> None:
    answer = plain_pytest(lab, NOBODY_CAN + TEN_LINES.replace("rig", "board"), *words)
    assert answer.code == 1, answer.out
    assert "test_nobody_can_run_this" in answer.out.split("not run")[1]
    assert "1 passed" in answer.out


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ("driver: virtual", "driver: telekinesis", "UNKNOWN_DRIVER"),
        ("detectors: [nano]", "detectors: [nono]", "UNKNOWN_DETECTORS"),
    ],
)
def test_what_no_package_brings_is_refused_before_any_rig_is_taken(
    lab: LabFolder, good: str, bad: str, code: str
) -> None:
    text = lab.inventory.read_text("utf-8")
    lab.inventory.write_text(text.replace(good, bad), encoding="utf-8")
    answer = lab.campaign(image="1.0.0")
    assert (answer.code, answer.document["error"]) == (2, code)
    assert not (lab.root / "out").exists()


def test_without_flashing_only_boards_that_hold_the_image_are_judged(lab: LabFolder) -> None:
    words = ("--inventory", lab.inventory, "--rig", "virt-b1", "--image", lab.image("1.0.0"))
    assert lab.hil("flash", *words).code == 0
    held = lab.campaign("--no-flash", "--rig", "virt-b1", image="nano-v2:b=1.0.0")
    assert (held.code, verdicts(held)) == (0, set())
    other = lab.campaign("--no-flash", image="nano-v2:b=1.2.0")
    assert (other.code, other.document["evidence"]) == (3, [])
    codes = {attempt["code"] for case in other.document["cases"] for attempt in case["attempts"]}
    assert codes == {"NOT_HELD"}
    assert {rig["state"] for rig in other.document["rigs"]} == {"free"}


FALLS_OVER = """
import pytest

@pytest.mark.hil(board="nano-v2")
def test_that_asks_nothing_more(hil_dut):
    stream, said = hil_dut.stream(), b""
    hil_dut.send("reboot\\n")
    while b"reset software" not in said:
        said += stream.read(hil_dut.clock.monotonic() + 10)
"""


def test_a_board_that_falls_over_fails_the_test_that_ran_though_it_looked_away(
    lab: LabFolder,
) -> None:
    answer = plain_pytest(lab, FALLS_OVER)
    assert answer.code == 1
    assert "Alarmed: the board said 'boot nano-v2 rev" in answer.out
