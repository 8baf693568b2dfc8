"""From an image to an answer, on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fwrelease.cli.main import COMMANDS
from fwrelease.evidence.record import render
from fwrelease.evidence.statement import Result
from tests.support.release import (
    SCHEMAS,
    Shop,
    a_report,
    a_shop,
    an_evidence,
    digest_of,
    fwrelease,
    write_statement,
)

CHECK = ("gate", "check", "1.1.0", "--context", "ring:canary")
FRESH = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = a_shop(tmp_path)
    assert shop.add_build("1.1.0").code == 0
    return shop


def prove(shop: Shop, **changes: Any) -> None:
    for revision in "ab":
        statement = an_evidence(revision=revision, finished=FRESH, **changes)
        assert shop.add_evidence(statement).code == 0


def check_against(schema: str, document: object) -> None:
    jsonschema.validate(document, json.loads((SCHEMAS / schema).read_text()))


def test_a_proven_build_may_enter(shop: Shop) -> None:
    prove(shop)
    ran = shop.run(*CHECK)
    assert ran.code == 0
    assert ran.out.startswith("1.1.0 may enter ring canary: all 3 requirements hold.")


def test_a_raw_binary_is_what_its_claim_says_and_its_evidence_names_it_by_digest(
    tmp_path: Path,
) -> None:
    shop, raw = a_shop(tmp_path), b"\0\x20\0\x20 raw"
    (tmp_path / "raw.bin").write_bytes(raw)
    images = [("--image", f"nano-v2:{letter}={tmp_path / 'raw.bin'}") for letter in "ab"]
    assert shop.run("build", "add", "1.1.0", *images[0], *images[1]).code == 0
    prove(shop, image=raw, version=f"sha256:{digest_of(raw)[:12]}")
    assert shop.run(*CHECK).code == 0


def test_a_failed_build_may_not_and_the_headline_says_who_acts(shop: Shop) -> None:
    prove(shop, result=Result.FAILED)
    ran = shop.run(*CHECK)
    assert ran.code == 1
    assert "smoke failed on nano-v2 revisions a, b (selftest, product)" in ran.out
    assert "The firmware team acts." in ran.out


def test_missing_evidence_is_inconclusive(shop: Shop) -> None:
    ran = shop.run(*CHECK)
    assert ran.code == 3
    assert "hil run --suite smoke --image nano-v2:a=vault/" in ran.out


def test_the_image_that_the_remedy_names_is_there(shop: Shop) -> None:
    remedy = shop.ask(*CHECK)["requirements"][0]["remedy"]
    file = remedy.split("nano-v2:a=")[1].split()[0]
    assert (shop.root / file).is_file()


def test_a_campaign_that_proved_nothing_is_kept_and_explains_what_is_missing(shop: Shop) -> None:
    assert shop.add_evidence(a_report(finished=FRESH)).code == 0
    ran = shop.run(*CHECK)
    assert ran.code == 3
    assert "its last campaign was inconclusive: bench-1 has no power" in ran.out


def test_a_directory_of_results_is_taken_in_as_it_is(shop: Shop, tmp_path: Path) -> None:
    results = tmp_path / "campaign"
    results.mkdir()
    (results / "result.json").write_text('{"schema": 1}')
    (results / "junit.xml").write_text("<x/>")
    write_statement(results / "evidence" / "b.json", an_evidence(finished=FRESH))
    write_statement(results / "reports" / "a.json", a_report(revision="a", finished=FRESH))
    ran = shop.run("evidence", "add", results)
    assert ran.code == 0
    assert ran.out.startswith("2 statements accepted:")


@pytest.mark.parametrize("proven", ["proven", "unproven", "failed", "no policy"])
def test_every_answer_fits_the_published_schema(shop: Shop, proven: str) -> None:
    if proven == "proven":
        prove(shop)
    if proven == "failed":
        prove(shop, result=Result.FAILED)
    if proven == "no policy":
        (shop.root / "policy.yaml").unlink()
    answer = shop.ask(*CHECK)
    check_against("gate-check.json", answer)
    check_against("why.json", shop.ask("why", "1.1.0"))
    check_against("gate-replay.json", shop.ask("gate", "replay", answer["inputs_sha256"]))
    check_against("build.json", shop.ask("build", "show", "1.1.0"))
    check_against("build-list.json", shop.ask("build", "list"))
    check_against("audit-verify.json", shop.ask("audit", "verify"))
    check_against("audit-log.json", shop.ask("audit", "log"))
    check_against("error.json", shop.ask("why", "0.0.0"))


def test_the_published_statement_schema_fits_what_hil_writes() -> None:
    check_against("statement.json", render(an_evidence()))
    check_against("statement.json", render(a_report()))


def test_the_template_of_a_new_workspace_fits_the_policy_schema(shop: Shop) -> None:
    check_against("policy.json", yaml.safe_load((shop.root / "policy.yaml").read_text()))


def test_a_replay_gives_the_same_bytes(shop: Shop) -> None:
    prove(shop)
    first = shop.ask(*CHECK)
    again = shop.ask("gate", "replay", first["inputs_sha256"])
    assert again["same"]
    assert {**again["decision"], "head": first["head"]} == first


def test_a_replay_under_another_engine_says_what_differs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shop.ask(*CHECK)
    monkeypatch.setattr("fwrelease.gates.gate.ENGINE_VERSION", 2)
    monkeypatch.setattr("fwrelease.cli.gate.ENGINE_VERSION", 2)
    ran = shop.run("gate", "replay", first["inputs_sha256"])
    assert ran.code == 1
    assert "differs: engine 1 → 2" in ran.out
    assert "engine_version: 1 → 2" in ran.out


def test_the_same_question_at_the_same_time_is_one_record(shop: Shop) -> None:
    when = datetime.now(UTC).isoformat()
    first = shop.ask(*CHECK, "--as-of", when)
    again = shop.ask(*CHECK, "--as-of", when)
    assert first == again
    assert first["head"] == shop.head()


def test_a_past_answer_is_given_with_the_evidence_of_then(shop: Shop) -> None:
    before = datetime.now(UTC).isoformat()
    prove(shop)
    assert shop.run(*CHECK).code == 0
    assert shop.run(*CHECK, "--as-of", before).code == 3


def test_a_context_of_its_own_is_preferred_to_the_wildcard(shop: Shop) -> None:
    (shop.root / "policy.yaml").write_text(
        "version: 1\ncontexts:\n"
        "  'ring:*': {rules: [{id: size, kind: image_size, at_most_bytes: 1}]}\n"
        "  'ring:lab': {rules: [{id: size, kind: image_size, at_most_bytes: 9999}]}\n"
    )
    assert shop.run("gate", "check", "1.1.0", "--context", "ring:lab").code == 0
    assert shop.run("gate", "check", "1.1.0", "--context", "ring:canary").code == 1


@pytest.mark.parametrize("name", sorted({"init", "build", "evidence", "gate", "why", "audit"}))
def test_every_command_shows_an_example(name: str) -> None:
    ran = fwrelease(name, "--help")
    assert ran.code == 0
    pages = [ran.out]
    subcommands = [
        line.split()[0] for line in ran.out.partition("Commands:\n")[2].splitlines() if line.strip()
    ]
    pages = [fwrelease(name, sub, "--help").out for sub in subcommands] or pages
    assert all("Example:" in page and "--format" in page for page in pages)


def test_the_help_names_every_command_and_imports_none() -> None:
    ran = fwrelease("--help")
    assert ran.code == 0
    assert all(f"  {name} " in ran.out for name in COMMANDS)
