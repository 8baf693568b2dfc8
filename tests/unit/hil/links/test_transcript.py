"""The transcript and its watch: what counts as an answer, and what ends a wait."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.app import SystemClock
from hil.inventory.pattern import Pattern
from hil.links.transcript import Cursor, Seen, Transcript
from hil.links.watch import Alarm, AlarmKind, Detector, Watch

PANIC, RESET = r"\*\*\* PANIC", r"boot \w+"
PANICS = Detector(kind=AlarmKind.PANIC, pattern=PANIC)
START = Cursor(0)
SOON_S = 5.0


@pytest.fixture
def transcript(tmp_path: Path) -> Iterator[Transcript]:
    record = Transcript(
        tmp_path / "bench-1.log", watch=Watch([PANICS], reset=RESET), clock=SystemClock()
    )
    yield record
    record.close("end of the test")


def waited(
    record: Transcript, pattern: str, since: Cursor = START, *, for_s: float = SOON_S
) -> Seen | Alarm | None:
    deadline = SystemClock().monotonic() + for_s
    return record.wait_match(Pattern(pattern), since, deadline)


def test_an_answer_carries_its_groups_and_where_it_ends(transcript: Transcript) -> None:
    transcript.append(b"boot_ms 123\r\nnano> ")
    found = waited(transcript, r"boot_ms (?P<boot_ms>\d+)")
    assert found == Seen(end=Cursor(11), text="boot_ms 123", groups={"boot_ms": "123"})


def test_what_was_said_before_the_cursor_answers_nothing(transcript: Transcript) -> None:
    transcript.append(b"selftest PASS\r\n")
    assert waited(transcript, "PASS", transcript.mark(), for_s=0.0) is None


def test_an_answer_in_pieces_is_waited_for(transcript: Transcript) -> None:
    transcript.append(b"self")
    threading.Timer(0.02, transcript.append, [b"test PASS\r\n"]).start()
    assert isinstance(waited(transcript, "selftest PASS"), Seen)


def test_an_answer_that_grows_at_the_end_is_not_cut(transcript: Transcript) -> None:
    transcript.append(b"boot_ms 12")
    threading.Timer(0.01, transcript.append, [b"3\r\n"]).start()
    found = waited(transcript, r"boot_ms (?P<boot_ms>\d+)")
    assert isinstance(found, Seen)
    assert found.groups == {"boot_ms": "123"}


def test_an_answer_before_an_alarm_counts(transcript: Transcript) -> None:
    transcript.append(b"selftest PASS\r\n*** PANIC\r\n")
    assert isinstance(waited(transcript, "PASS"), Seen)


def test_an_alarm_before_an_answer_ends_the_wait(transcript: Transcript) -> None:
    transcript.append(b"*** PANIC\r\nselftest PASS\r\n")
    assert waited(transcript, "PASS") == Alarm(kind=AlarmKind.PANIC, offset=0, text="*** PANIC")


def test_an_alarm_from_before_the_cursor_ends_no_wait(transcript: Transcript) -> None:
    transcript.append(b"*** PANIC\r\n")
    since = transcript.mark()
    transcript.append(b"selftest PASS\r\n")
    assert isinstance(waited(transcript, "PASS", since), Seen)


def test_an_alarm_in_two_pieces_is_found_once(transcript: Transcript) -> None:
    for piece in (b"x*** PA", b"NIC\r\n", b"more"):
        transcript.append(piece)
    assert [alarm.offset for alarm in transcript.watch.alarms] == [1]


def test_an_expected_reset_is_no_alarm_and_the_next_one_is(transcript: Transcript) -> None:
    transcript.watch.expect_reset()
    transcript.append(b"boot nano\r\n")
    assert transcript.watch.first(0) is None
    transcript.append(b"boot nano\r\n")
    assert [alarm.kind for alarm in transcript.watch.alarms] == [AlarmKind.BOOT_LOOP]


def test_a_board_that_is_up_and_starts_by_itself_has_fallen_over(transcript: Transcript) -> None:
    transcript.watch.expect_reset()
    transcript.append(b"boot nano\r\n")
    transcript.watch.forget_resets()
    transcript.append(b"boot nano\r\n")
    assert [alarm.kind for alarm in transcript.watch.alarms] == [AlarmKind.RESET]


def test_a_reset_that_was_allowed_and_taken_back_is_an_alarm(transcript: Transcript) -> None:
    transcript.watch.expect_reset()
    transcript.watch.forget_resets()
    transcript.append(b"boot nano\r\n")
    assert len(transcript.watch.alarms) == 1


def test_closing_ends_a_wait_at_once(transcript: Transcript) -> None:
    threading.Timer(0.02, transcript.close, ["gone"]).start()
    assert waited(transcript, "never", for_s=60.0) is None
    assert transcript.closed == "gone"


def test_what_was_said_before_the_end_still_answers(transcript: Transcript) -> None:
    transcript.append(b"PASS")
    transcript.close("gone")
    assert isinstance(waited(transcript, "PASS"), Seen)


def test_an_answer_behind_a_long_flood_is_found(transcript: Transcript) -> None:
    transcript.append(b"x" * 50_000 + b"PA")
    threading.Timer(0.02, transcript.append, [b"SS\r\n"]).start()
    found = waited(transcript, "PASS")
    assert isinstance(found, Seen)
    assert found.end == 50_004


def test_bytes_that_are_no_text_do_no_harm(transcript: Transcript) -> None:
    transcript.append(b"\x00\xff\xfe\x80\x00PASS \xf0\x9f\r\n")
    found = waited(transcript, r"PASS [^\r]+")
    assert isinstance(found, Seen)
    assert found.text.startswith("PASS ")


def test_data_is_waited_for_until_the_deadline(transcript: Transcript) -> None:
    assert transcript.wait_data(START, SystemClock().monotonic()) == b""
    transcript.append(b"abc")
    assert transcript.wait_data(Cursor(1), SystemClock().monotonic()) == b"bc"


def test_the_files_hold_every_byte_and_the_time_of_each_piece(
    transcript: Transcript, tmp_path: Path
) -> None:
    transcript.append(b"ab\x00")
    transcript.note_sent(b"run\n")
    transcript.append(b"cd")
    assert (tmp_path / "bench-1.log").read_bytes() == b"ab\x00cd"
    lines = (tmp_path / "bench-1.times").read_text("utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["+0 3", r">3 run\n", "+3 2"]
    assert all("+00:00" in line for line in lines)


def test_a_transcript_goes_on_where_an_earlier_one_ended(tmp_path: Path) -> None:
    (tmp_path / "bench-1.log").write_bytes(b"earlier")
    record = Transcript(tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock())
    record.append(b"now")
    assert (record.position(), record.since(START)) == (10, b"now")
    record.close("end of the test")


# -- silence -----------------------------------------------------------------------------------


def test_a_board_that_falls_silent_ends_a_wait_long_before_its_time(tmp_path: Path) -> None:
    record = Transcript(
        tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock(), silence_s=0.05
    )
    record.append(b"working")
    ended = waited(record, "PASS", for_s=60.0)
    assert isinstance(ended, Alarm)
    assert (ended.kind, ended.text) == (AlarmKind.SILENCE, "nothing for 0.05 s")
    record.close("end of the test")


def test_a_board_that_goes_on_talking_is_not_silent(tmp_path: Path) -> None:
    record = Transcript(tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock(), silence_s=2.0)
    talker = threading.Thread(target=record.append, args=(b".",))
    talker.start()
    assert waited(record, "PASS", for_s=0.1) is None
    talker.join()
    record.close("end of the test")


def test_what_the_memory_no_longer_holds_is_read_from_the_file(tmp_path: Path) -> None:
    record = Transcript(tmp_path / "bench-1.log", watch=Watch(), clock=SystemClock())
    record.append(b"first words ")
    for _ in range(20):
        record.append(b"x" * (1 << 20))
    assert len(record._data) <= 2 * (8 << 20)
    whole = record.since(START)
    assert (len(whole), whole[:11]) == (12 + (20 << 20), b"first words")
    record.append(b"PASS")
    seen = waited(record, "PASS", record.mark() - 4)  # type: ignore[arg-type]
    assert isinstance(seen, Seen)
    assert seen.end == record.mark()
    record.close("end of the test")
