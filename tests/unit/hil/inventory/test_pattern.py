"""Patterns: what they find, and which are refused."""

import pytest

from hil.inventory.pattern import Pattern, PatternRefused, _compile_bounded


def test_a_match_names_its_groups() -> None:
    found = Pattern(r"app (?P<version>\S+) build (?P<id>\w+)").search(b"\r\napp 1.0 build ab\r\n")
    assert found is not None
    assert (found.groups, found.start, found.end) == ({"version": "1.0", "id": "ab"}, 2, 18)


def test_a_group_that_took_no_part_is_empty() -> None:
    found = Pattern("(?:(?P<yes>ok)|(?P<no>bad))").search(b"bad")
    assert found is not None
    assert found.groups == {"yes": "", "no": "bad"}


def test_what_does_not_occur_is_not_found() -> None:
    assert Pattern("PASS").search(b"FAIL") is None


def test_bytes_that_are_no_text_do_not_disturb() -> None:
    found = Pattern(r"a.b").search(b"\x00\xffa\xfeb")
    assert found is not None
    assert (found.start, found.text) == (2, "a\N{REPLACEMENT CHARACTER}b")


@pytest.mark.parametrize("text", ["(", "*", "(?<=a)b", r"(a)\1", "a" * 2001])
def test_what_cannot_run_in_linear_time_is_refused(text: str) -> None:
    with pytest.raises(PatternRefused):
        Pattern(text)


@pytest.mark.parametrize("text", ["a*", "a+", "(ab){2,}", r"\\*", r"\\\\+", "[a-z]+"])
def test_without_re2_unbounded_repeats_are_refused(text: str) -> None:
    with pytest.raises(PatternRefused, match="pip install google-re2"):
        _compile_bounded(text)


@pytest.mark.parametrize("text", [r"\*\*\* HARDFAULT \*\*\*", "a{2,5}", "ab?c", r"1\+1", "x{3}"])
def test_without_re2_bounded_patterns_run(text: str) -> None:
    assert _compile_bounded(text).pattern == text.encode()


def test_without_re2_what_is_no_pattern_is_refused_too() -> None:
    with pytest.raises(PatternRefused):
        _compile_bounded("(")
