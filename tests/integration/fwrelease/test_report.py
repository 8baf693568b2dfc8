"""The page on a workspace: all is on it, none of it is trusted, it needs nothing else."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fwrelease.evidence.statement import Proof, Result
from tests.support.release import Shop, a_case, a_report, a_shop, an_evidence, image_bytes
from tests.support.shop import change_yaml
from tests.unit.fwrelease.report.campaigns import a_case as a_campaign_case
from tests.unit.fwrelease.report.campaigns import (
    a_regression,
    a_result,
    a_rig,
    write_folder,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=https://evil.example/x>\u202e\x1b[2J"
RINGS = [
    {
        "name": name,
        **size,
        "exit": {"kind": "no_critical_event", "min_devices": 5, "min_device_hours": 10},
    }
    for name, size in (("lab", {"devices": 5}), ("all", {"share": 1.0}))
]


@dataclass
class Page(HTMLParser):
    """A page as a browser sees it."""

    source: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += f" {data}"

    def said(self) -> str:
        """Return the text with single spaces."""
        return " ".join(self.text.split())

    def every(self, attribute: str) -> list[str]:
        """Return the values of an attribute."""
        return [value for _, attrs in self.tags if (value := attrs.get(attribute))]


def report(shop: Shop, *words: object) -> Page:
    """Write the page and read it back."""
    ran = shop.run("report", *words)
    assert ran.code == 0, ran.err
    return Page(Path(ran.out.strip()).read_text(encoding="utf-8"))


def a_small_shop(tmp_path: Path) -> Shop:
    """Return a workspace with a small fleet and two small rings."""
    shop = a_shop(tmp_path)
    faultless = {"silent": 0, "revert": 0, "crash": 0}
    change_yaml(shop.root / "fleet.yaml", devices=200, background=faultless)
    change_yaml(shop.root / "rollout.yaml", rings=RINGS)
    return shop


@pytest.fixture
def busy(tmp_path: Path) -> Shop:
    """Return a workspace where much has happened: one build rolls out, another one was refused."""
    shop = a_small_shop(tmp_path)
    shop.add_build("1.1.0")
    shop.add_evidence(*(an_evidence(revision=one, campaign="c-1") for one in "ab"))
    assert shop.run("gate", "check", "1.1.0", "--context", "ring:lab").code == 3  # too old
    change_yaml(shop.root / "policy.yaml", contexts=a_patient_policy())
    assert shop.run("promote", "1.1.0").code == 0
    shop.run("fleet", "advance", "24h")
    assert shop.run("rollout", "step").code == 0
    shop.add_build("1.2.0")
    image = image_bytes("1.2.0")
    failed = (a_case("adc", verdict="failed", layer="product"), a_case("echo"))
    shop.add_evidence(
        an_evidence(image, version="1.2.0", result=Result.FAILED, cases=failed),
        an_evidence(image, revision="a", version="1.2.0", proof=Proof.UNPROVEN),
        a_report(image, version="1.2.0"),
    )
    assert shop.run("gate", "check", "1.2.0", "--context", "ring:lab").code == 1
    return shop


def a_patient_policy() -> dict[str, object]:
    """Return contexts that ask for smoke and a size, at any age."""
    smoke = {"id": "smoke", "kind": "suites", "suites": ["smoke"], "owner": "firmware team"}
    size = {"id": "image-size", "kind": "image_size", "at_most_bytes": 65536}
    return {"ring:*": {"rules": [smoke, size]}}


def test_an_empty_workspace_has_a_page(tmp_path: Path) -> None:
    said = report(a_shop(tmp_path)).said()
    assert "nothing has happened yet" in said
    assert "No build is registered" in said
    assert "0 events" in said


def test_the_page_says_where_every_version_stands_and_who_acts(busy: Shop) -> None:
    said = report(busy).said()
    assert "1.2.0 ✗ failed ring:lab none not started 1.2.0 may not enter ring lab" in said
    assert "1.1.0 ✓ passed ring:lab ✓ passed ring:all all ▸ going nobody but the devices" in said
    for heading in ("Images", "Evidence", "Gates", "Rollout", "Ledger", "Last events"):
        assert heading in said
    assert said.count("✓ holds") == 2


def test_evidence_is_told_with_what_it_proves(busy: Shop) -> None:
    said = report(busy).said()
    assert "smoke on nano-v2 revision b ✓ passed proven on board" in said
    assert "smoke on nano-v2 revision a ✓ passed ? unproven" in said
    assert "smoke on nano-v2 revision b ? proves nothing: inconclusive" in said
    assert "adc ✗ failed product" in said
    assert "boot_ms 412" in said


def test_a_ring_is_shown_with_its_evidence_against_the_threshold(busy: Shop) -> None:
    said = report(busy).said()
    assert "lab ✓ passed 5 confirmed 5 of 5 booted" in said
    assert "Evidence against its threshold" in said
    assert "decisions over time" in said


def test_the_evidence_of_a_requirement_is_one_click_away(busy: Shop) -> None:
    page = report(busy)
    links = {link for link in page.every("href") if link.startswith("#evidence-")}
    assert links
    assert {link.removeprefix("#") for link in page.every("href")} <= set(page.every("id"))


def test_one_version_can_be_shown_alone(busy: Shop) -> None:
    page = report(busy, "1.2.0", "--out", busy.root.parent / "one.html")
    assert page.every("href").count("#version-2") == 1
    assert "version-1" not in page.every("id")
    assert busy.run("report", "7.0.0").code == 2


def test_the_page_needs_nothing_from_elsewhere(busy: Shop) -> None:
    page = report(busy)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert all(link.startswith("#") for link in page.every("href"))
    assert not page.every("src")
    assert not re.search(r"https?://|@import|url\(", page.source)


def test_the_same_ledger_is_the_same_page(busy: Shop) -> None:
    assert report(busy).source == report(busy).source


def test_every_element_has_an_id_of_its_own(busy: Shop, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "out", a_result(a_regression()))
    ids = report(busy, "--campaign", folder, "--campaign", folder).every("id")
    assert len(ids) == len(set(ids))


def test_a_campaign_is_shown_with_its_experiment_and_the_transcript(
    busy: Shop, tmp_path: Path
) -> None:
    rigs = [a_rig("bench-1"), a_rig("bench-2", state="quarantined", reason="no power")]
    result = a_result(a_regression(), a_campaign_case("echo"), rigs=rigs)
    folder = write_folder(tmp_path / "out", result, bench_1=b"test adc FAIL code 7\r\n")
    page = report(busy, "--campaign", folder)
    said = page.said()
    assert "Campaign c-1 ✗ failed 1.1.0 fails selftest." in said
    assert "bench-2 nano-v2:b ✗ quarantined no power" in said
    assert "candidate ✗ failed failed 1 of 1 · not tried not tried" in said
    assert "last good ✓ passed failed 0 of 1" in said
    assert "test adc FAIL code 7" in said
    assert "The transcript is not in the folder." in said  # that of bench-2
    assert "#campaign-1" in page.every("href")  # from the evidence of this campaign


def test_what_boards_and_files_say_is_never_markup(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    shop.add_build("1.1.0")
    case = a_case(HOSTILE, verdict=HOSTILE, layer=HOSTILE)
    bad: dict[str, Any] = {
        "headline": HOSTILE,
        "campaign": HOSTILE,
        "cases": (case,),
        "rigs": (HOSTILE,),
    }
    added = shop.add_evidence(
        an_evidence(**bad, result=Result.FAILED, measurements={HOSTILE: (1.0,)}),
        a_report(revision="a", **bad, verdict=HOSTILE),
    )
    assert added.code == 0, added.err
    shop.run("gate", "check", "1.1.0", "--context", "ring:lab")
    folder = write_folder(
        tmp_path / "out",
        a_result(
            a_regression(HOSTILE, says=HOSTILE, layer=HOSTILE, code=HOSTILE, verdict=HOSTILE),
            headline=HOSTILE,
            campaign=HOSTILE,
            rigs=[a_rig("bench-1", state=HOSTILE, reason=HOSTILE), a_rig(HOSTILE)],
            verdict="\ud800",
        ),
        bench_1=HOSTILE.encode(),
    )
    page = report(shop, "--campaign", folder)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert page.text.count("<script>alert(1)</script>") > 10
    assert not re.search("[\u202e\x1b\ud800]", page.source)
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_a_damaged_vault_is_told_on_the_page(busy: Shop) -> None:
    kept = busy.ask("build", "show", "1.1.0")["evidence"][0]["sha256"]
    file = busy.root / "vault" / kept[:2] / kept[2:]
    file.chmod(0o600)
    file.write_bytes(b"{}")
    said = report(busy).said()
    assert "The ledger does not hold." in said
    assert "✗ unreadable" in said
    assert "✗ does not hold" in said


def test_a_vault_that_is_damaged_throughout_still_has_a_page(busy: Shop) -> None:
    for file in (busy.root / "vault").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"[]")
    said = report(busy).said()
    assert said.count("✗ unreadable") >= 5  # every statement and every answer
    assert "1.2.0 may not enter ring lab" in said  # the headline is in the ledger itself


def test_a_page_that_cannot_be_written_is_the_outsides_fault(tmp_path: Path) -> None:
    ran = a_shop(tmp_path).run("report", "--out", tmp_path / "nowhere" / "page.html")
    assert ran.code == 3
    assert "cannot be written" in ran.err


def test_a_folder_that_is_no_campaign_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    ran = shop.run("report", "--campaign", tmp_path)
    assert ran.code == 2
    assert "hil run --out" in ran.err
    assert not (shop.root / "report.html").exists()


def test_programs_are_told_where_the_page_is(busy: Shop) -> None:
    document = busy.ask("report")
    assert document["page"] == str(busy.root / "report.html")
    assert document["versions"] == ["1.1.0", "1.2.0"]
    assert document["head"] == busy.head()
    assert document["holds"]
