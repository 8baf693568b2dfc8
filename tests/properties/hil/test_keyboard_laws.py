"""Laws of keys and stamps: nothing typed and nothing said is lost, however it is cut."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hil.cli.keys import (
    Action,
    AskPath,
    By,
    End,
    GiveUpFile,
    Help,
    Keys,
    PowerCycle,
    Reset,
    SendFile,
    ToggleTimestamps,
    Typed,
    Unknown,
)
from hil.cli.stamps import Stamper

Script = st.SearchStrategy[tuple[bytes, Action]]
ESCAPE, END = b"\x14", b"\x1d"
NOW = datetime(2026, 3, 2, 13, 4, 5, 678_900, tzinfo=UTC)
STAMP = b"[13:04:05.678] "

plain = st.binary(min_size=1).map(lambda data: data.replace(ESCAPE, b"e").replace(END, b"e"))
paths = st.text(
    st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), min_size=1
).map(lambda text: text.encode("utf-8"))
ORDERS: list[tuple[bytes, Action]] = [
    (b"r", Reset()),
    (b"p", PowerCycle()),
    (b"t", ToggleTimestamps()),
    (b"h", Help()),
    (b"?", Help()),
    (b"\x1b", Unknown(b"\x1b")),
    (b"\r", Unknown(b"\r")),
    (ESCAPE, Typed(ESCAPE)),
    (END, Typed(END)),
]
orders = st.sampled_from(ORDERS)
files = st.tuples(st.sampled_from([(b"f", By.AS_IT_IS), (b"x", By.XMODEM)]), paths)


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[bytes, Action]]:
    """Return what a person types, each with what it means."""
    typed: Script = plain.map(lambda data: (data, Typed(data)))
    order: Script = orders.map(lambda pair: (ESCAPE + pair[0], pair[1]))
    sent: Script = files.map(
        lambda file: (ESCAPE + file[0][0] + file[1] + b"\r", SendFile(file[0][1], file[1]))
    )
    return draw(st.lists(typed | order | sent))


def merged(actions: list[Action]) -> list[Action]:
    """Return ``actions`` with neighbours that are for the board as one, and no half typed path."""
    found: list[Action] = []
    for action in actions:
        match found, action:
            case _, AskPath():
                pass
            case [*_, Typed(before)], Typed(data):
                found[-1] = Typed(before + data)
            case _, _:
                found.append(action)
    return found


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """Return ``data`` cut at ``cuts``."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


cuts = st.lists(st.integers(0, 10_000), max_size=20)


@given(script=scripts(), cuts=cuts)
def test_however_typing_is_cut_it_means_the_same_and_nothing_of_it_is_lost(
    script: list[tuple[bytes, Action]], cuts: list[int]
) -> None:
    keys = Keys()
    typed = b"".join(data for data, _ in script)
    done = [action for piece in pieces(typed, cuts) for action in keys.press(piece)]
    assert merged(done) == merged([action for _, action in script])


@given(typed=st.binary(), cuts=cuts)
def test_whatever_is_typed_its_pieces_mean_what_the_whole_means(
    typed: bytes, cuts: list[int]
) -> None:
    keys = Keys()
    done = [action for piece in pieces(typed, cuts) for action in keys.press(piece)]
    assert merged(done) == merged(Keys().press(typed))


@given(data=st.binary(min_size=1))
def test_every_byte_can_be_sent_to_the_board(data: bytes) -> None:
    escaped = data.replace(ESCAPE, ESCAPE * 2).replace(END, ESCAPE + END)
    assert Keys().press(escaped) == [Typed(data)]


@given(before=plain, behind=st.binary())
def test_the_end_is_the_end(before: bytes, behind: bytes) -> None:
    assert Keys().press(before + END + behind) == [Typed(before), End()]


@given(path=paths, by=st.sampled_from([(b"f", By.AS_IT_IS), (b"y", By.YMODEM)]))
def test_nothing_of_a_path_reaches_the_board(path: bytes, by: tuple[bytes, By]) -> None:
    *asked, last = Keys().press(ESCAPE + by[0] + path + b"\x03")
    assert last == GiveUpFile()
    assert asked == [AskPath(by[1], path[:size]) for size in range(len(path) + 1)]


lines = st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"nano> ", b"\x1b[31mred\x1b[0m", b"\xff\0", b" "])
).map(b"".join)


@given(said=lines | st.binary(), cuts=cuts)
def test_stamps_change_no_byte_and_stand_where_a_line_begins(said: bytes, cuts: list[int]) -> None:
    stamper = Stamper()
    stamper.toggle()
    shown = b"".join(stamper.stamp(piece, NOW) for piece in pieces(said, cuts))
    assert shown.replace(STAMP, b"") == said
    visible = [line for line in said.split(b"\n") if line.strip(b"\r")]
    assert shown.count(STAMP) == len(visible)
    for line in shown.split(b"\n"):
        assert not line.strip(b"\r") or line.lstrip(b"\r").startswith(STAMP)


@given(said=lines, cuts=cuts)
def test_a_stamper_that_is_off_shows_what_was_said(said: bytes, cuts: list[int]) -> None:
    stamper = Stamper()
    assert b"".join(stamper.stamp(piece, NOW) for piece in pieces(said, cuts)) == said


@given(before=lines, after=lines)
def test_stamps_switched_on_begin_with_the_next_line(before: bytes, after: bytes) -> None:
    stamper, always = Stamper(), Stamper()
    always.toggle()
    stamper.stamp(before, NOW)
    always.stamp(before, NOW)
    stamper.toggle()
    assert stamper.stamp(after, NOW) == always.stamp(after, NOW)
