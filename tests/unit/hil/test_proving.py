"""Proving: whatever way a board shows what it holds, a wrong image is never taken for the right."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import RigFault
from hil.interfaces import ToolResult
from hil.inventory.proof import (
    IDENTITIES,
    AskProof,
    Held,
    NotHeld,
    Proof,
    ReadBackProof,
    ShownProof,
    compare,
    identity_of,
)
from hil.proving import impossible
from tests.support.lab import FakeBoard, Temper, a_board, an_image, in_hand

IMAGE, OTHER = an_image(b"right " * 300), an_image(b"wrong " * 300)
BY_ITSELF = ShownProof(expect=r"app \S+ build (?P<build_id>[0-9a-f]{40})", timeout_s=2.0)
BY_A_TOOL = ReadBackProof(command=("read-flash", "{size}", "{file}"))
ASKED = AskProof(send="slot\n", expect="sha256 (?P<sha256>[0-9a-f]{64})")


def reader(board: FakeBoard, *, exit_code: int = 0, most: int = 1 << 20) -> "Reader":
    return Reader(board, exit_code, most)


class Reader:
    """A tool that reads a fake board's memory; ``most`` bytes of it."""

    def __init__(self, board: FakeBoard, exit_code: int, most: int) -> None:
        self._board, self._exit_code, self._most = board, exit_code, most

    def __call__(self, argv: Sequence[str], deadline_s: float) -> ToolResult:
        assert (argv[0], deadline_s > 0) == ("read-flash", True)
        held = (self._board.slot + b"\xff" * int(argv[1]))[: int(argv[1])]
        if not self._exit_code:
            Path(argv[2]).write_bytes(held[: self._most])
        return ToolResult(exit_code=self._exit_code, output="reading")


@pytest.mark.parametrize("proof", [ASKED, BY_ITSELF, BY_A_TOOL], ids=["asked", "shown", "read"])
def test_an_image_is_proven_and_another_is_not(proof: Proof, tmp_path: Path) -> None:
    fake = FakeBoard()
    board = a_board(proof=proof)
    with in_hand(fake, tmp_path, board=board, run_tool=reader(fake)) as session:
        session.load(IMAGE)
        assert (session.image, session.proven) == (IMAGE, True)
        with pytest.raises(RigFault) as raised:
            session.prove(OTHER)
        assert raised.value.code == "FLASH_VERIFY"


@pytest.mark.parametrize("proof", [ASKED, BY_ITSELF], ids=["asked", "shown"])
def test_a_board_that_shows_the_image_is_not_flashed_again(proof: Proof, tmp_path: Path) -> None:
    fake = FakeBoard(IMAGE.data)
    with in_hand(fake, tmp_path, board=a_board(proof=proof)) as session:
        session.load(IMAGE)
        assert fake.transfers == 0


@pytest.mark.parametrize("proof", [ASKED, BY_ITSELF, BY_A_TOOL], ids=["asked", "shown", "read"])
def test_the_red_check_sees_red_however_an_image_is_proven(proof: Proof, tmp_path: Path) -> None:
    fake = FakeBoard(IMAGE.data)
    board = a_board(proof=proof)
    with in_hand(fake, tmp_path, board=board, run_tool=reader(fake)) as session:
        session.red_check()


def test_a_memory_that_was_not_written_as_sent_is_found_by_reading_it_back(tmp_path: Path) -> None:
    fake = FakeBoard(temper=Temper(corrupts_writes=9))
    board = a_board(proof=BY_A_TOOL)
    with in_hand(fake, tmp_path, board=board, run_tool=reader(fake)) as session:
        with pytest.raises(RigFault, match="read back, it differs first at byte 0") as raised:
            session.load(IMAGE)
        assert raised.value.code == "FLASH_VERIFY"


@pytest.mark.parametrize(
    ("exit_code", "most", "words"),
    [(2, 0, "could not be read back with read-flash: exit 2"), (0, 100, "100 of 1800 bytes")],
)
def test_what_cannot_be_read_back_is_not_proven(
    exit_code: int, most: int, words: str, tmp_path: Path
) -> None:
    fake = FakeBoard(IMAGE.data)
    tool = reader(fake, exit_code=exit_code, most=most)
    with in_hand(fake, tmp_path, board=a_board(proof=BY_A_TOOL), run_tool=tool) as session:
        with pytest.raises(RigFault, match=words) as raised:
            session.prove(IMAGE)
        assert raised.value.code == "FLASH_VERIFY"


def test_the_tool_that_reads_back_is_told_the_boards_baud_rate(tmp_path: Path) -> None:
    told: list[str] = []
    proof = ReadBackProof(command=("read-flash", "{size}", "{file}", "-b", "{baud}"))

    def listening(argv: Sequence[str], deadline_s: float) -> ToolResult:
        told.extend(argv[3:])
        return reader(fake)(argv, deadline_s)

    fake = FakeBoard(IMAGE.data)
    with in_hand(fake, tmp_path, board=a_board(proof=proof), run_tool=listening) as session:
        session.prove(IMAGE)
    assert told == ["-b", str(a_board().baud)]


def test_a_board_that_is_given_back_holds_its_baseline(tmp_path: Path) -> None:
    fake = FakeBoard(IMAGE.data)
    with in_hand(fake, tmp_path, on_release="baseline") as session:
        session.load(IMAGE)
    assert fake.slot == an_image().data


# -- the comparison ----------------------------------------------------------------------------


@given(data=st.binary(min_size=1, max_size=200), other=st.binary(min_size=1, max_size=200))
def test_a_digest_of_other_bytes_is_never_held(data: bytes, other: bytes) -> None:
    for key in ("sha256", "md5", "crc32"):
        shown = {key: identity_of(key, data=other, build_id="")}
        verdict = compare(shown, data=data, build_id="")
        assert isinstance(verdict, Held) == (data == other)


@given(shown=st.dictionaries(st.sampled_from(IDENTITIES), st.text(max_size=70)))
def test_nothing_that_a_board_can_say_proves_an_image_but_its_digest(
    shown: dict[str, str],
) -> None:
    build_id = "a1" * 20
    verdict = compare(shown, data=b"image", build_id=build_id)
    if isinstance(verdict, Held):
        assert any(shown.values())
        for key, value in shown.items():
            wanted = identity_of(key, data=b"image", build_id=build_id)
            assert (
                not value
                or wanted.endswith(value.lower().removeprefix("0x").lstrip("0"))
                or (key == "build_id" and wanted.startswith(value.lower().removeprefix("0x")))
            )


def test_a_part_that_disagrees_outweighs_one_that_agrees() -> None:
    shown = {"crc32": identity_of("crc32", data=b"image", build_id=""), "build_id": "b" * 40}
    assert isinstance(compare(shown, data=b"image", build_id="a" * 40), NotHeld)


@pytest.mark.parametrize("shown", [{}, {"sha256": ""}, {"version": "1.0.0"}])
def test_a_board_that_shows_nothing_proves_nothing(shown: dict[str, str]) -> None:
    assert isinstance(compare(shown, data=b"image", build_id="a" * 40), NotHeld)


def test_an_image_without_a_build_id_is_not_proven_by_one() -> None:
    assert isinstance(compare({"build_id": "a" * 40}, data=b"image", build_id=""), NotHeld)


@given(data=st.binary(min_size=1, max_size=100))
def test_no_board_can_show_the_impossible_image_by_holding_a_real_one(data: bytes) -> None:
    image = an_image(data)
    demand = impossible(image)
    for key in IDENTITIES:
        shown = {key: identity_of(key, data=data, build_id=image.facts.build_id)}
        verdict = compare(shown, data=demand.data, build_id=demand.facts.build_id)
        assert isinstance(verdict, NotHeld)
