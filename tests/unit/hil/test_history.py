"""What a lab remembers: the last good build, how long cases take, which rigs are out."""

from pathlib import Path

from hil.campaigns.attempt import Outcome, WaveKind
from hil.history import History, PlaceVerdict, Quarantined, SuiteRun
from tests.support.lab import an_attempt

GOOD, BETTER, CANDIDATE = "a" * 64, "b" * 64, "c" * 64


def a_run(campaign: str, *, suite: str = "smoke") -> SuiteRun:
    return SuiteRun(campaign=campaign, suite=suite, suite_sha256="5" * 64, harness="hil 0.1")


def record(
    history: History, sha256: str, day: int, *, verdict: str = "passed", suite: str = "smoke"
) -> None:
    said = PlaceVerdict(sha256=sha256, version="1.0.0", board="nano", revision="b", verdict=verdict)
    run = a_run(f"campaign-{day}", suite=suite)
    history.add(run, attempts=[], verdicts=[said], finished=f"2026-03-{day:02}T12:00:00+00:00")


def last_good(history: History, *, revision: str = "b") -> str | None:
    return history.last_good("nano", revision, "smoke", but_not=CANDIDATE)


def test_a_lab_that_saw_nothing_knows_no_good_build(tmp_path: Path) -> None:
    assert last_good(History(tmp_path)) is None


def test_the_last_good_build_is_the_newest_that_passed(tmp_path: Path) -> None:
    history = History(tmp_path)
    for sha256, day in ((BETTER, 3), (GOOD, 2)):
        history.keep_image(sha256, b"image")
        record(history, sha256, day)
    assert last_good(history) == BETTER


def test_the_candidate_is_never_compared_with_itself(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.keep_image(CANDIDATE, b"image")
    record(history, CANDIDATE, 4)
    assert last_good(history) is None


def test_a_build_whose_image_is_gone_cannot_be_compared_with(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.keep_image(GOOD, b"image")
    record(history, GOOD, 2)
    record(history, BETTER, 3)
    assert last_good(history) == GOOD


def test_only_a_pass_of_the_same_suite_on_the_same_revision_counts(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.keep_image(GOOD, b"image")
    record(history, GOOD, 2, verdict="failed")
    record(history, GOOD, 3, verdict="inconclusive")
    record(history, GOOD, 4, suite="endurance")
    assert last_good(history) is None
    record(history, GOOD, 5)
    assert (last_good(history), last_good(history, revision="a")) == (GOOD, None)


def test_only_passes_of_main_waves_say_how_long_a_case_takes(tmp_path: Path) -> None:
    history = History(tmp_path)
    attempts = [
        an_attempt("echo", duration_s=1.0, started="2026-03-02T12:00:00"),
        an_attempt("echo", duration_s=2.0, started="2026-03-02T13:00:00"),
        an_attempt("echo", duration_s=9.0, outcome=Outcome.FAILED),
        an_attempt("echo", duration_s=9.0, wave=WaveKind.CONFIRM),
    ]
    history.add(a_run("c-1"), attempts=attempts, verdicts=[], finished="2026-03-02")
    assert history.durations("nano", "b", "smoke") == {"echo": [2.0, 1.0]}


def test_a_rig_is_out_for_its_first_reason_until_it_is_enabled(tmp_path: Path) -> None:
    history = History(tmp_path)
    first = Quarantined(rig="rig-1", reason="dead page", since="2026-03-02", campaign="c-1")
    history.quarantine(first)
    history.quarantine(
        Quarantined(rig="rig-1", reason="another", since="2026-03-03", campaign="c-2")
    )
    assert History(tmp_path).quarantined() == {"rig-1": first}
    history.enable("rig-1")
    assert history.quarantined() == {}


def test_an_image_is_kept_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    path = history.keep_image(GOOD, b"image")
    assert history.keep_image(GOOD, b"image") == path
    assert [found.name for found in history.images.iterdir()] == [f"{GOOD}.bin"]
