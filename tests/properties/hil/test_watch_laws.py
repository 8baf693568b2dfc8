"""Laws of the watch: how a line cuts its bytes into pieces changes nothing."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from hil.links.watch import Alarm, AlarmKind, Detector, Watch

words = st.sampled_from(
    [b"*** PANIC", b"abort()", b"boot nano\r", b"x", b"\x00\xff", b"*** ", b"PA"]
)
texts = st.lists(words, max_size=20).map(b"".join)


def alarms(pieces: list[bytes], *, expected_resets: int) -> list[Alarm]:
    panics = [Detector(kind=AlarmKind.PANIC, pattern=p) for p in (r"\*\*\* PANIC", r"abort\(\)")]
    watch = Watch(panics, reset="boot nano\r")
    for _ in range(expected_resets):
        watch.expect_reset()
    for piece in pieces:
        watch.feed(piece)
    return list(watch.alarms)


@given(text=texts, cuts=st.lists(st.integers(0, 120)), expected=st.integers(0, 2))
@example(text=b"x*** PANIC" * 3, cuts=list(range(40)), expected=0)
def test_the_same_words_in_any_pieces_raise_the_same_alarms(
    text: bytes, cuts: list[int], expected: int
) -> None:
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    assert alarms(pieces, expected_resets=expected) == alarms([text], expected_resets=expected)


@given(text=texts, expected=st.integers(0, 5))
def test_every_panic_is_an_alarm_and_every_reset_beyond_the_expected(
    text: bytes, expected: int
) -> None:
    panics = text.count(b"*** PANIC") + text.count(b"abort()")
    resets = max(0, text.count(b"boot nano\r") - expected)
    assert len(alarms([text], expected_resets=expected)) == panics + resets
