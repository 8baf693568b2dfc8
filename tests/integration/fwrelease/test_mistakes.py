"""A mistake of a user gives one message with a hint, exit code 2, and changes nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.release import (
    NOON,
    Shop,
    a_shop,
    an_evidence,
    digest_of,
    fwrelease,
    image_bytes,
    write_statement,
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = a_shop(tmp_path)
    assert shop.add_build("1.1.0").code == 0
    return shop


def image_file(shop: Shop, data: bytes) -> Path:
    path = shop.root.parent / "given.bin"
    path.write_bytes(data)
    return path


BUILD_MISTAKES: list[tuple[str, str, str, bytes]] = [
    ("1.2", "nano-v2", "is not a version", image_bytes("1.2.0")),
    ("1.2.0-rc1", "nano-v2", "is not a version", image_bytes("1.2.0")),
    ("256.0.0", "nano-v2", "does not fit into an image header", image_bytes("1.2.0")),
    ("1.2.0", "nano-v2", "the image says it is 1.3.0, not 1.2.0", image_bytes("1.3.0")),
    ("1.2.0", "micro-v1", "the image is for nano-v2, not micro-v1", image_bytes("1.2.0")),
    ("1.2.0", "nano-v2:c", "is for revisions a, b", image_bytes("1.2.0")),
    ("1.2.0", "nano-v2", "does not say for which revisions", image_bytes("1.2.0", revisions="")),
    ("1.2.0", "nano-v2:b", "text, so no image", b"hello"),
    ("1.2.0", "nano-v2:b", "empty, so no image", b""),
    ("1.2.0", "nano-v2", "does not say for which revisions", b"\0raw binary"),
    ("1.1.0", "nano-v2", "registered already, with other images", image_bytes(payload=b"other")),
]


@pytest.mark.parametrize(("version", "board", "says", "data"), BUILD_MISTAKES)
def test_a_build_that_does_not_fit_is_refused(
    shop: Shop, version: str, board: str, says: str, data: bytes
) -> None:
    before, files = shop.head(), sorted(shop.root.rglob("vault/*/*"))
    ran = shop.run("build", "add", version, "--image", f"{board}={image_file(shop, data)}")
    assert ran.code == 2
    assert says in ran.err
    assert ran.err.count("fwrelease:") == 1
    assert ran.err.count("hint:") == 1
    assert shop.head() == before
    assert sorted(shop.root.rglob("vault/*/*")) == files


@pytest.mark.parametrize(
    "words",
    [
        ("build", "add", "1.2.0"),
        ("build", "add", "1.2.0", "--image", "nonsense"),
        ("build", "add", "1.2.0", "--image", "nano-v2=/no/such/file"),
        ("build", "show", "7.7.7"),
        ("build", "frobnicate"),
        ("gate", "check", "1.1.0"),
        ("gate", "check", "7.7.7", "--context", "ring:canary"),
        ("gate", "check", "1.1.0", "--context", "ring:canary", "--as-of", "tomorrow"),
        ("gate", "check", "1.1.0", "--context", "ring:canary", "--as-of", "2026-03-02T17:00"),
        ("gate", "check", "1.1.0", "--context", "ring:canary", "--as-of", "2001-01-01T00:00Z"),
        ("gate", "replay", "0" * 64),
        ("gate", "replay", "xyz"),
        ("why", "7.7.7"),
        ("evidence", "add", "/no/such/file"),
        ("nonsense",),
    ],
)
def test_a_wrong_request_is_told_once_in_both_formats(shop: Shop, words: tuple[str, ...]) -> None:
    before = shop.head()
    text = shop.run(*words)
    assert (text.code, text.out) == (2, "")
    assert text.err.count("fwrelease:") == text.err.count("hint:") == 1
    document = shop.run(*words, "--format", "json")
    assert (document.code, document.err) == (2, "")
    assert set(document.document) == {"error", "message", "hint"}
    assert document.document["error"] == "USAGE"
    assert shop.head() == before


def test_a_directory_that_is_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    ran = fwrelease("-w", tmp_path, "build", "list")
    assert ran.code == 2
    assert "fwrelease init" in ran.err


def test_init_overwrites_nothing(shop: Shop, tmp_path: Path) -> None:
    (shop.root / "policy.yaml").write_text("mine")
    assert shop.run("init").code == 2
    assert fwrelease("init", shop.root).code == 2
    assert (shop.root / "policy.yaml").read_text() == "mine"
    other = tmp_path / "other"
    other.mkdir()
    (other / "policy.yaml").write_text("mine too")
    assert fwrelease("init", other).code == 2
    assert [path.name for path in other.iterdir()] == ["policy.yaml"]
    assert fwrelease("init", other / "policy.yaml").code == 2


def _write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


def _statement(**changes: Any) -> Callable[[Path], object]:
    return lambda path: write_statement(path, an_evidence(**changes))


def _huge(path: Path) -> None:
    path.write_bytes(b" " * (4 * 1024 * 1024 + 1))


def _link(path: Path) -> None:
    path.symlink_to(write_statement(path.parent / "real.json", an_evidence()))


def _disagreeing(path: Path) -> None:
    write_statement(path, an_evidence())
    document = json.loads(path.read_text())
    document["predicate"]["hil"]["cases"][0]["verdict"] = "failed"
    path.write_text(json.dumps(document))


def _not_a_number(path: Path) -> None:
    write_statement(path, an_evidence())
    path.write_text(path.read_text().replace("412.0", "NaN"))


EVIDENCE_MISTAKES: list[tuple[str, Callable[[Path], object]]] = [
    ("no registered build", _statement(image=image_bytes("1.2.0"))),
    ("is about nano-v2 revision c", _statement(revision="c")),
    ("is about nano-v9", _statement(board="nano-v9")),
    ("says version 1.0.0", _statement(version="1.0.0")),
    ("in the future", _statement(finished=datetime.now(UTC) + timedelta(hours=1))),
    ("not a number", _not_a_number),
    ("not JSON", _write("{")),
    ("not JSON", _write("[" * 100_000)),
    ("not a statement", _write("{}")),
    ("not a statement", _write("[1]")),
    ("not a statement", _disagreeing),
    ("not an envelope", _write('{"payloadType": "x"}')),
    ("symbolic link", _link),
    ("larger than", _huge),
    ("is not a file", lambda path: (path / "x.json").mkdir(parents=True)),
]


@pytest.mark.parametrize(("says", "make"), EVIDENCE_MISTAKES)
def test_evidence_that_cannot_be_believed_is_refused(
    shop: Shop, says: str, make: Callable[[Path], object]
) -> None:
    before = shop.head()
    good = write_statement(shop.root.parent / "good.json", an_evidence(revision="a"))
    bad = shop.root.parent / "bad.json"
    make(bad)
    ran = shop.run("evidence", "add", good, bad)
    assert ran.code == 2
    assert says in ran.err or "no statement in it" in ran.err
    assert ran.err.count("fwrelease:") == ran.err.count("hint:") == 1
    assert shop.head() == before


def test_a_broken_policy_lets_no_evidence_in_and_names_every_mistake(shop: Shop) -> None:
    (shop.root / "policy.yaml").write_text("version: 2\nkontexts: {}\n")
    before = shop.head()
    ran = shop.add_evidence(an_evidence())
    assert ran.code == 2
    assert "policy.yaml:1: version: only version 1 is known" in ran.err
    assert "policy.yaml:2: kontexts: unknown key; did you mean contexts?" in ran.err
    assert shop.head() == before


def test_three_kinds_of_no_policy_are_three_answers_and_none_is_a_pass(shop: Shop) -> None:
    shop.add_evidence(an_evidence(revision="a"), an_evidence(revision="b"))
    answers = {}
    for text in (None, "version: 2\n", "", "version: 1\ncontexts: {'ring:*': {rules: []}}\n"):
        path = shop.root / "policy.yaml"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        ran = shop.run("gate", "check", "1.1.0", "--context", "ring:canary", "--format", "json")
        assert ran.code == 3
        answers[text] = (ran.document["verdict"], ran.document["requirements"][0]["says"])
    assert len({says for _, says in answers.values()}) == 4
    assert answers[None][0] == answers[""][0] == "missing"
    assert answers["version: 2\n"][0] == "errored"


def test_unforeseen_errors_leave_a_traceback_in_a_file_and_say_where(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object, version: str) -> None:
        raise ZeroDivisionError(f"on purpose, for {version}")

    monkeypatch.setattr("fwrelease.cli.why.explain", burst)
    ran = shop.run("why", "1.1.0", "--format", "json")
    assert ran.code == 3
    assert ran.document["error"] == "INTERNAL"
    path = Path(ran.document["hint"].rsplit(" ", 1)[1])
    assert "ZeroDivisionError: on purpose, for 1.1.0" in path.read_text()
    path.unlink()


def test_the_same_again_is_fine_and_changes_nothing(shop: Shop) -> None:
    shop.add_evidence(an_evidence(finished=NOON))
    before = shop.head()
    assert shop.add_build("1.1.0").code == 0
    assert shop.add_evidence(an_evidence(finished=NOON)).code == 0
    assert shop.head() == before
    assert digest_of(image_bytes()) in shop.run("build", "show", "1.1.0").out
