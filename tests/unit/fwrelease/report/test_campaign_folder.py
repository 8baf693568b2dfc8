"""Campaign folders: what is read of them, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from fwrelease.errors import UsageFault
from fwrelease.report.campaign import Campaign
from fwrelease.report.campaign_folder import read_campaign
from tests.unit.fwrelease.report.campaigns import (
    a_case,
    a_regression,
    a_result,
    an_attempt,
    write_folder,
)


def excerpt_of(campaign: Campaign) -> str:
    """Return the excerpt of the first attempt."""
    return campaign.cases[0].attempts[0].excerpt


def test_the_excerpt_is_the_transcript_before_the_end_of_the_failed_attempt(tmp_path: Path) -> None:
    failed = an_attempt("bench-1", "failed", transcript_to=2005)
    heard = b"a" * 1000 + b"b" * 1000 + b"FAIL\n" + b"later"
    campaign = read_campaign(
        write_folder(tmp_path / "o", a_result(a_case("x", failed)), bench_1=heard)
    )
    assert excerpt_of(campaign) == "a" * 495 + "b" * 1000 + "FAIL\n"


def test_a_transcript_that_is_no_utf8_is_shown_with_the_bytes_replaced(tmp_path: Path) -> None:
    result = a_result(a_regression())
    campaign = read_campaign(write_folder(tmp_path / "o", result, bench_1=b"adc \xff\r\nFAIL"))
    assert excerpt_of(campaign) == "adc \N{REPLACEMENT CHARACTER}\nFAIL"


def test_a_passed_attempt_has_no_excerpt(tmp_path: Path) -> None:
    campaign = read_campaign(write_folder(tmp_path / "o", a_result(a_case()), bench_1=b"fine"))
    assert excerpt_of(campaign) == ""


@pytest.mark.parametrize(
    "name", ["", "/etc/hostname", "../../secret.log", "..", "a\0b", "x" * 5000]
)
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.log").write_text("secret", encoding="utf-8")
    result = a_result(a_case("x", an_attempt("bench-1", "failed", transcript=name)))
    assert excerpt_of(read_campaign(write_folder(tmp_path / "o", result))) == ""


def test_a_transcript_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    folder = write_folder(tmp_path / "o", a_result(a_regression()))
    (folder / "transcripts" / "bench-1.log").symlink_to(tmp_path / "secret")
    assert excerpt_of(read_campaign(folder)) == ""


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ([], "the document must be an object"),
        ({}, "schema is missing"),
        (a_result(schema=2), "its schema is not 1"),
        (a_result(wall_s=-1), "wall_s must be a number of at least 0"),
        (a_result(wall_s=True), "wall_s must be a number"),
        (a_result(wall_s=10**400), "wall_s must be a number"),
        (a_result(wall_s=float("nan")), "wall_s must be a number"),
        (a_result(headline=7), "headline must be a text"),
        (a_result(cases={}), "cases must be a list"),
        (a_result(cases=[7]), "cases[0] must be an object"),
        (
            a_result(a_case("x", an_attempt(started="soon"))),
            "cases[0].attempts[0].started must be a time in ISO 8601",
        ),
        (
            a_result(a_case("x", an_attempt(started="2026-03-02T12:00:00"))),
            "cases[0].attempts[0].started must be a time with a zone",
        ),
    ],
)
def test_a_result_that_does_not_fit_is_refused_with_its_place(
    tmp_path: Path, result: Any, says: str
) -> None:
    with pytest.raises(UsageFault) as refused:
        read_campaign(write_folder(tmp_path / "o", result))
    assert says in refused.value.message
    assert "--campaign" in refused.value.hint


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_result_that_is_no_json_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "result.json").write_bytes(text)
    with pytest.raises(UsageFault, match="not JSON"):
        read_campaign(tmp_path)


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="cannot be read"):
        read_campaign(tmp_path)
