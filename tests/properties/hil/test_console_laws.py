"""Laws of the console: whatever a board says, in whatever pieces, it is heard whole and once."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.app import SystemClock
from hil.inventory.pattern import Pattern, PatternRefused, literal
from hil.links.transcript import Cursor, Seen, Transcript
from hil.links.watch import Alarm, AlarmKind, Detector, Watch

NOW = 0.0
# Half lines, colours, NULs, halves of UTF-8, and what looks like a pattern.
SNIPPETS = [
    b"nano> ",
    b"\x1b[31mred\x1b[0m",
    b"\x00",
    b"\xc3",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b".*",
    b"=> ",
]
said = st.lists(st.sampled_from(SNIPPETS) | st.binary(max_size=9), max_size=12).map(b"".join)
cuts = st.lists(st.integers(0, 120), max_size=8)


@contextmanager
def a_transcript() -> Iterator[Transcript]:
    panic = Detector(kind=AlarmKind.PANIC, pattern=r"\*\*\* PANIC")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bench-1.log"
        record = Transcript(path, watch=Watch([panic]), clock=SystemClock())
        try:
            yield record
        finally:
            record.close("end of the test")


def in_pieces(text: bytes, at: list[int]) -> list[bytes]:
    bounds = [0, *sorted(min(cut, len(text)) for cut in at), len(text)]
    return [text[a:b] for a, b in pairwise(bounds) if a < b]


@given(text=said, at=cuts)
def test_what_a_board_says_is_kept_as_it_came(text: bytes, at: list[int]) -> None:
    with a_transcript() as record:
        for piece in in_pieces(text, at):
            record.append(piece)
        assert record.since(Cursor(0)) == record.path.read_bytes() == text


@given(text=said, at=cuts, wanted=said.filter(bool), since=st.integers(0, 60))
def test_a_text_is_seen_exactly_where_it_stands_behind_the_cursor(
    text: bytes, at: list[int], wanted: bytes, since: int
) -> None:
    since = min(since, len(text))
    try:
        pattern = literal(wanted.decode("ascii"))
    except UnicodeDecodeError:
        return
    with a_transcript() as record:
        for piece in in_pieces(text, at):
            record.append(piece)
        found = record.wait_match(pattern, Cursor(since), NOW)
    place = text.find(wanted, since)
    if place < 0:
        assert found is None
    else:
        assert isinstance(found, Seen)
        assert found.end == place + len(wanted)


@given(text=said, pattern=st.text(alphabet="a.*+?()[]{}|^$\\dwsx1,", max_size=12))
def test_a_pattern_is_refused_or_answers(text: bytes, pattern: str) -> None:
    try:
        compiled = Pattern(pattern)
    except PatternRefused:
        return
    with a_transcript() as record:
        record.append(text)
        assert isinstance(record.wait_match(compiled, Cursor(0), NOW), Seen | Alarm | None)


@given(before=said, after=said)
def test_an_alarm_counts_only_behind_the_cursor(before: bytes, after: bytes) -> None:
    with a_transcript() as record:
        record.append(before + b"*** PANIC")
        since = record.mark()
        record.append(after)
        found = record.wait_match(literal("there is no such text"), since, NOW)
    assert isinstance(found, Alarm) == (b"*** PANIC" in after)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)x", "(x+x+)+y"])
def test_patterns_that_make_others_run_away_end_at_once(pattern: str) -> None:
    with a_transcript() as record:
        record.append(b"a" * 100_000 + b"x" * 100_000)
        record.wait_match(Pattern(pattern), Cursor(0), NOW)


@pytest.mark.parametrize("pattern", ["a{1001}", "(a{1000}){1000}", "x" * 3000, "(?<=a)b", r"(a)\1"])
def test_patterns_that_would_run_away_are_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        Pattern(pattern)
