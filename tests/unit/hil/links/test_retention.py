"""Retention: what is kept of what boards said."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hil.inventory.rig import Keep
from hil.links.retention import Kept, tidy, tidying

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CURRENT = Path("/state/transcripts/bench-1.log")
KEEP = Keep(transcripts_days=30, transcript_mb=1)


def a_file(name: str, *, days: float = 0, size_bytes: int = 10) -> Kept:
    written = NOW - timedelta(days=days)
    return Kept(path=CURRENT.with_name(name), size_bytes=size_bytes, written=written)


def test_a_transcript_that_nobody_wrote_to_for_a_month_goes() -> None:
    files = [a_file("bench-2.log", days=31), a_file("bench-3.log", days=29)]
    plan = tidying(files, current=CURRENT, keep=KEEP, now=NOW)
    assert [path.name for path in plan.delete] == ["bench-2.log"]


def test_a_transcript_that_has_grown_too_large_goes_on_under_a_new_name() -> None:
    files = [a_file("bench-1.log", size_bytes=1_000_001), a_file("bench-1.times")]
    plan = tidying(files, current=CURRENT, keep=KEEP, now=NOW)
    assert [(old.name, new.name) for old, new in plan.rename] == [
        ("bench-1.log", "bench-1-until-20260302T120000.log"),
        ("bench-1.times", "bench-1-until-20260302T120000.times"),
    ]


@given(
    days=st.floats(0, 1e4),
    size_bytes=st.integers(0, 10**9),
    keep=st.builds(Keep, transcripts_days=st.floats(0, 1e4), transcript_mb=st.floats(0.1, 1e4)),
)
def test_the_transcript_in_use_is_never_deleted(days: float, size_bytes: int, keep: Keep) -> None:
    files = [
        a_file("bench-1.log", days=days, size_bytes=size_bytes),
        a_file("notes.txt", days=days),
    ]
    plan = tidying(files, current=CURRENT, keep=keep, now=NOW)
    assert plan.delete == ()


def test_the_folder_is_tidied_before_a_session_writes(tmp_path: Path) -> None:
    old, current = tmp_path / "bench-2.log", tmp_path / "bench-1.log"
    old.write_bytes(b"last year")
    current.write_bytes(b"x" * 2_000_000)
    long_ago = (NOW - timedelta(days=400)).timestamp()
    os.utime(old, (long_ago, long_ago))
    tidy(current, keep=KEEP, now=NOW)
    (left,) = tmp_path.iterdir()
    assert left.name == "bench-1-until-20260302T120000.log"
