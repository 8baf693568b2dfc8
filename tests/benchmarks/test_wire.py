"""The wire's model against arithmetic: nothing arrives sooner than a real line would bring it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.wire import Downstream, Upstream

MS = 10**6
BAUDS = st.sampled_from([9600, 115200, 921600, 3_000_000])


def byte_ns(baud: int) -> float:
    return 10 * 1e9 / baud


@given(sizes=st.lists(st.integers(1, 300), min_size=1), baud=BAUDS, pause=st.integers(0, 10 * MS))
def test_bytes_never_arrive_sooner_than_baud_allows(
    sizes: list[int], baud: int, pause: int
) -> None:
    line, now, arrived = Downstream(baud), 0, b""
    for size in sizes:
        line.put(b"x" * size, now)
        now += pause
        arrived += line.take(now)
        assert len(arrived) * byte_ns(baud) <= now


@given(size=st.integers(1, 3000), baud=BAUDS)
def test_the_last_byte_arrives_when_the_line_has_carried_all_and_not_before(
    size: int, baud: int
) -> None:
    line = Downstream(baud)
    line.put(b"x" * size, 0)
    due = math.ceil(size * byte_ns(baud))
    assert abs(line.due_ns() - due) <= 1
    assert len(line.take(due - 2)) == size - 1
    assert len(line.take(due + 1)) == 1


@given(pieces=st.lists(st.binary(min_size=1, max_size=50)), steps=st.lists(st.integers(0, 5 * MS)))
def test_the_order_of_bytes_is_kept_and_none_is_lost_however_it_is_asked(
    pieces: list[bytes], steps: list[int]
) -> None:
    up, now, arrived = Upstream(115200, 16 * MS), 0, b""
    for piece, step in zip(pieces, steps, strict=False):
        up.put(piece, now)
        now += step
        arrived += up.take(now)
    arrived += up.take(now + 10**12)
    sent = b"".join(piece for piece, _ in zip(pieces, steps, strict=False))
    assert arrived == sent


def test_a_lone_answer_is_held_for_the_whole_latency() -> None:
    up = Upstream(115200, 16 * MS)
    up.put(b"\x06", 0)
    passed = math.ceil(byte_ns(115200))
    up.take(passed)
    assert up.due_ns() == passed + 16 * MS
    assert up.take(passed + 16 * MS - 1) == b""
    assert up.take(passed + 16 * MS) == b"\x06"


def test_the_latency_counts_from_the_first_byte_held() -> None:
    up = Upstream(1_000_000, 1 * MS)
    up.put(b"a", 0)
    up.put(b"b", 900_000)
    assert up.take(1_000_000 + 10_000) == b"ab"


def test_a_full_packet_does_not_wait() -> None:
    up = Upstream(1_000_000, 16 * MS)
    up.put(b"x" * 100, 0)
    assert up.take(100 * 10_000) == b"x" * 62
    assert up.take(100 * 10_000 + 16 * MS) == b"x" * 38


def test_it_does_not_matter_how_late_the_relay_looks() -> None:
    often, once = Upstream(921600, 1 * MS), Upstream(921600, 1 * MS)
    often.put(b"x" * 200, 0)
    once.put(b"x" * 200, 0)
    assert b"".join(often.take(now) for now in range(0, 2 * MS, 1000)) == once.take(2 * MS)
