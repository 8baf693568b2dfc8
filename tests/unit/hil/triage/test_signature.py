"""Signatures: the same failure is known again, another one is told apart."""

import pytest

from hil.triage.signature import normalise, sign

FAULT = """\
[    12.345678] *** HARDFAULT ***
[    12.345712] pc 0x08001234abcd lr 0x0800fedcba98
[    12.345713] tick=1200 heap=3312 seq: 7
[    12.345801] main.c:{line}: assertion failed, err = {error}
[    12.345900] device 00:1a:2b:3c:4d:5e at 10.0.0.17:8080 after {took} ms
"""


def said(*, line: int = 42, error: int = -5, took: int = 12) -> str:
    return FAULT.format(line=line, error=error, took=took)


def signature_of(anchor: str, *, code: str = "PANIC", phase: str = "test") -> str:
    return sign(code=code, phase=phase, anchor=anchor)


def test_another_time_address_and_line_number_are_the_same_failure() -> None:
    later = (
        said(line=43, took=913).replace("12.34", "99.00").replace("08001234abcd", "0800aaaa0000")
    )
    assert signature_of(later) == signature_of(said())


def test_colours_and_line_ends_do_not_matter() -> None:
    coloured = "\n".join(f"\x1b[1;31m{line}\x1b[0m" for line in said().splitlines())
    assert signature_of(coloured.replace("\n", "\r\n")) == signature_of(said())


def test_another_error_code_is_another_failure() -> None:
    assert signature_of(said(error=-6)) != signature_of(said())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rc=1", "rc=2"),
        ("ret=0x10000001", "ret=0x10000002"),
        ("exit code 3", "exit code 4"),
        ("CFSR: cfsr = 0x00008200", "CFSR: cfsr = 0x00000400"),
        ("status: 0x10000001", "status: 0x10000002"),
        ("sensor missing", "sensor stuck"),
    ],
)
def test_what_carries_meaning_tells_failures_apart(one: str, other: str) -> None:
    assert signature_of(one) != signature_of(other)


def test_the_same_words_in_another_phase_are_another_failure() -> None:
    assert signature_of("timeout", phase="boot") != signature_of("timeout", phase="test")
    assert signature_of("timeout", code="NOT_SEEN") != signature_of("timeout", code="PANIC")


def test_a_log_that_was_cut_after_its_first_lines_is_the_same_failure() -> None:
    whole = "\n".join(f"frame {'x' * 40} in step {'y' * number}" for number in range(40))
    assert signature_of(whole[:800]) == signature_of(whole)


@pytest.mark.parametrize("nothing", ["", "\r\n \r\n", "\x1b[0m", "[1.5] "])
def test_silence_is_signed_by_its_phase(nothing: str) -> None:
    assert signature_of(nothing, phase="boot") == signature_of("silence at boot", phase="boot")
    assert signature_of(nothing, phase="boot") != signature_of(nothing, phase="test")


def test_a_signature_says_which_algorithm_made_it() -> None:
    version, _, digest = signature_of("x").partition(":")
    assert (version, len(digest)) == ("1", 12)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("[00:00:12.004] boot", "boot"),
        ("E (1234) wifi: up", "wifi: up"),
        ("2026-03-02T12:00:00.123Z boot", "boot"),
        ("at 0x08001234", "at <ADDR>"),
        ("at 0x10", "at 0x10"),
        ("id 5e1f00b1", "id <HEX>"),
        ("the word deadbeef is a word", "the word deadbeef is a word"),
        ("main.c:12: bad", "main.c:<LINE>: bad"),
        ("fault+0x1c/0x40", "fault+<OFF>"),
        ("took 12.5 ms, 3 V, 80%", "took <N> ms, <N> V, <N>%"),
        ("80% full, 7 %", "<N>% full, <N> %"),
        ("pin 12 low", "pin 12 low"),
        ("uptime: 991", "uptime=<N>"),
        ("ret = -110 after 5 s", "ret = -110 after <N> s"),
        ("10%\r50%\rdone", "done"),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "<UUID>"),
    ],
)
def test_what_differs_from_run_to_run_is_masked(line: str, wanted: str) -> None:
    assert normalise(line) == wanted
