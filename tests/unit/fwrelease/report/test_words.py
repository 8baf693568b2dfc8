"""Words: no text on the page can hide or reorder what stands beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwrelease.report.words import mark, measured, reveal, tone, when
from fwrelease.verdict import Verdict


def test_only_a_verdict_that_lets_a_build_in_looks_good() -> None:
    good = {verdict for verdict in Verdict if tone(verdict.word) == "good"}
    assert good == {Verdict.PASSED, Verdict.WAIVED}


def test_a_word_nobody_knows_looks_neither_good_nor_bad() -> None:
    assert (tone("<b>"), mark("<b>")) == ("idle", "·")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\tb\nc", "a\tb\nc"),
        ("\u202etxt.exe", "\ufffdtxt.exe"),
        ("\ud800", "\ufffd"),
        ("grün 电", "grün 电"),
    ],
)
def test_characters_that_hide_are_shown(text: str, seen: str) -> None:
    assert reveal(text) == seen


@given(st.text(st.characters()))
def test_every_text_can_be_written(text: str) -> None:
    assert "\0" not in reveal(text).encode().decode()


def test_measurements_are_told_by_their_median_and_range() -> None:
    assert measured(()) == "no value"
    assert measured((412.0,)) == "412"
    assert measured((400, 420, 412)) == "412 (400 to 420, 3 values)"


def test_times_are_told_to_the_minute() -> None:
    assert when("2026-03-02T12:34:56.789+00:00") == "2026-03-02 12:34"
    assert when("") == ""
