"""The tables of common systems: each pattern finds its text, none fires on a healthy system."""

from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from hil.detectors import packaged_detectors
from hil.inventory.detectors import DETECTORS_SCHEMA, DetectorTable, build_tables, detector_mistakes
from hil.inventory.document import read_document
from hil.inventory.pattern import Pattern
from tests.support.dying import DYING, STARTS

TABLES = packaged_detectors()


def kinds(table: DetectorTable) -> dict[str, tuple[str, ...]]:
    return {"panic": table.panic, "assert": table.assertion, "watchdog": table.watchdog}


def first(table: DetectorTable, text: str) -> tuple[str, str]:
    """Return kind and pattern of what is found first; of two at one place, both."""
    found = [
        (match.start, kind, pattern)
        for kind, patterns in kinds(table).items()
        for pattern in patterns
        if (match := Pattern(pattern).search(text.encode())) is not None
    ]
    if not found:
        return "", ""
    start = min(found)[0]
    (only,) = [(kind, pattern) for at, kind, pattern in found if at == start]
    return only


def all_patterns() -> Iterator[tuple[str, str]]:
    for table in TABLES.values():
        for patterns in kinds(table).values():
            yield from ((table.name, pattern) for pattern in patterns)


def test_the_common_systems_have_tables() -> None:
    assert set(TABLES) == {"zephyr", "esp-idf", "mbed", "nuttx", "linux", "u-boot"}


@pytest.mark.parametrize(("name", "kind", "text"), DYING)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_death_is_one_alarm_of_its_kind(name: str, kind: str, text: str, ending: str) -> None:
    assert first(TABLES[name], text.replace("\n", ending))[0] == kind


def test_no_pattern_is_without_a_text_that_it_finds() -> None:
    proven = {
        (name, pattern)
        for name, _, text in DYING
        for table in [TABLES[name]]
        for patterns in kinds(table).values()
        for pattern in patterns
        if Pattern(pattern).search(text.encode())
    }
    assert set(all_patterns()) == proven


@pytest.mark.parametrize(("name", "text"), STARTS)
def test_a_start_is_seen_once(name: str, text: str) -> None:
    reset = Pattern(TABLES[name].reset)
    match = reset.search(text.encode())
    assert match is not None
    assert reset.search(text.encode()[match.end :]) is None


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@pytest.mark.parametrize(("name", "text"), STARTS)
def test_no_table_fires_on_a_healthy_system(table: DetectorTable, name: str, text: str) -> None:
    assert first(table, text) == ("", ""), name


@pytest.mark.parametrize("name", ["zephyr", "esp-idf", "nuttx", "linux"])
def test_a_start_is_not_taken_for_that_of_another_system(name: str) -> None:
    others = [text for system, text in STARTS if system != name]
    assert [text for text in others if Pattern(TABLES[name].reset).search(text.encode())] == []


def mistakes(text: str) -> list[str]:
    document = read_document(f"detectors:\n  mine: {text}\n", name="lab.yaml")
    return [mistake.sentence() for mistake in detector_mistakes(document)]


def test_a_table_of_ones_own_is_read() -> None:
    text = "detectors:\n  mine: {panic: [DIED], assert: [NO], backtrace: 'at (?P<pc>\\w+)'}\n"
    document = read_document(text, name="lab.yaml")
    assert list(detector_mistakes(document)) == []
    assert build_tables(document.data["detectors"])["mine"] == DetectorTable(
        name="mine", panic=("DIED",), assertion=("NO",), backtrace="at (?P<pc>\\w+)"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{panic: ['(']}", "detectors.mine.panic.0: missing )"),
        ("{panic: DIED}", "detectors.mine.panic: not a list of patterns"),
        ("{panic: [7]}", "detectors.mine.panic.0: not a pattern"),
        ("{reset: [x]}", "detectors.mine.reset: not one pattern"),
        ("{panics: [x]}", "detectors.mine.panics: no key of a table; known: panic"),
        ("{panic: ['x*']}", "detectors.mine.panic.0: matches no text at all"),
        ("{backtrace: 'at \\w+'}", "detectors.mine.backtrace: has no group"),
        ("DIED", "detectors.mine: no table with the keys"),
    ],
)
def test_a_mistake_in_a_table_is_named_with_its_line(text: str, says: str) -> None:
    (said,) = mistakes(text)
    assert said.startswith(f"lab.yaml:2: {says}")


def test_an_inventory_without_tables_has_no_mistake_in_them() -> None:
    assert list(detector_mistakes(read_document("version: 1", name="lab.yaml"))) == []
    assert list(detector_mistakes(read_document("detectors: {}", name="lab.yaml"))) == []
    (said,) = detector_mistakes(read_document("detectors: [x]", name="lab.yaml"))
    assert said.says == "not a table of tables"


def test_the_packaged_tables_have_no_mistake() -> None:
    text = (Path(__file__).parents[4] / "rigs" / "detectors.yaml").read_text("utf-8")
    document = read_document(text, name="detectors.yaml")
    assert list(detector_mistakes(document)) == []
    jsonschema.validate(document.data["detectors"], DETECTORS_SCHEMA)
