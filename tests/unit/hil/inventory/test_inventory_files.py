"""An inventory: what is read from its files, and every mistake in them at once."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from hil.errors import UsageFault
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.inventory.proof import Unproven
from hil.inventory.rig import Inventory
from hil.inventory.schema import INVENTORY_SCHEMA
from hil.registry import find_rig, load_inventory, physical_identities

ROOT = Path(__file__).parents[4]
BOARD = """
boards:
  nano:
    console: {prompt: "nano> ", banner: 'app (?P<version>\\S+)'}
    flasher:
      {driver: xmodem1k, window: boot, enter: x, prompt: "boot> ", start: load, accepted: ok,
       refused: bad, run: run}
"""
RIG = """
rigs:
  bench-1: {board: nano, revision: b, serial: /dev/ttyUSB0, power: {driver: command}}
"""
SMALL = f"version: 1{BOARD}{RIG}"


def read(text: str) -> Inventory:
    return parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")


def refusal(text: str) -> str:
    with pytest.raises(UsageFault) as refused:
        read(text)
    return refused.value.message


def test_a_small_inventory_is_read_with_its_defaults() -> None:
    inventory = read(SMALL)
    rig = inventory.rigs["bench-1"]
    assert (rig.board, rig.revision, rig.serial) == ("nano", "b", "/dev/ttyUSB0")
    assert (rig.power.driver, rig.power.off_s, rig.on_release) == ("command", 2.0, "leave")
    assert inventory.boards["nano"].baud == 115200
    assert inventory.boards["nano"].flasher.proof == Unproven()


def test_the_lab_that_comes_with_the_package_is_read_whole() -> None:
    inventory = load_inventory(ROOT / "rigs" / "virtual.yaml")
    assert list(inventory.rigs) == ["virt-a1", "virt-a2", "virt-b1", "virt-b2"]
    entry = inventory.boards["nano-v2"].flasher.entry
    assert entry is not None
    assert entry.enter == "\x15boot"


def test_a_switch_may_be_told_in_plain_words_what_on_and_off_are() -> None:
    rig = read(
        SMALL.replace(
            "{driver: command}", '{driver: command, on: "relay 3 on", off: "relay 3 off"}'
        )
    ).rigs["bench-1"]
    assert rig.power.options == {"on": "relay 3 on", "off": "relay 3 off"}


def test_every_mistake_is_named_at_once_with_its_line() -> None:
    wrong = SMALL.replace("revision: b, ", "").replace("driver: xmodem1k, ", "")
    wrong = wrong.replace("version: 1", "version: 2")
    message = refusal(wrong)
    assert message.startswith("lab.yaml: 3 mistakes in the inventory\n")
    assert "lab.yaml:1: version: 1 was expected" in message
    assert "lab.yaml:5: boards.nano.flasher: 'driver' is a required property" in message
    assert "lab.yaml:10: rigs.bench-1: 'revision' is a required property" in message


def test_mistakes_of_meaning_come_together_too() -> None:
    second = RIG.replace("rigs:\n", "").replace("bench-1", "bench-2").replace("nano", "mega")
    message = refusal(SMALL.replace("window: boot", 'window: "boot("') + second.lstrip("\n"))
    assert "boards.nano.flasher.window: missing )" in message
    assert "rigs.bench-2.board: no board 'mega'; known: nano" in message
    assert "rigs.bench-2.serial: bench-1 has the same line /dev/ttyUSB0" in message


@pytest.mark.parametrize(
    ("place", "wrong", "path"),
    [
        ("accepted: ok", 'accepted: "ok("', "flasher.accepted"),
        ("refused: bad", 'refused: "*"', "flasher.refused"),
        ("'app (?P<version>\\S+)'", "'app (?P<version>'", "console.banner"),
        ('prompt: "nano> "', 'prompt: "nano> ", panic: ["ok", "(?<=x)"]', "console.panic.1"),
    ],
)
def test_a_pattern_that_cannot_run_is_refused_where_it_stands(
    place: str, wrong: str, path: str
) -> None:
    assert f"boards.nano.{path}: " in refusal(SMALL.replace(place, wrong))


def test_a_key_given_twice_is_refused() -> None:
    message = refusal(SMALL + "version: 1\n")
    assert message == "lab.yaml:11: version: given twice"


@pytest.mark.parametrize("key", ["5", "null", "[a, b]", "{a: b}", "2026-03-02", "true"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert refusal(f"? {key}\n: x\n") == "lab.yaml:1: a key that is not text"


@pytest.mark.parametrize(
    "text",
    ["a: [", "a: b: c", "- &a [*a]", '"\\ud800"', "\x00", "[" * 5000, "!!python/name:os.system x"],
)
def test_what_is_not_yaml_is_refused_in_words(text: str) -> None:
    assert "not YAML that can be read" in refusal(text)


def test_aliases_that_explode_are_refused() -> None:
    layers = "\n".join(
        f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10 if n else ['x'])}]" for n in range(9)
    )
    assert "more than 100000 entries" in refusal(layers)


@pytest.mark.parametrize("text", ["", "[]", "version: 1\nrigs: []", "just words"])
def test_what_is_no_inventory_is_refused(text: str) -> None:
    assert "in the inventory" in refusal(text)


def test_a_virtual_line_and_the_virtual_key_go_together() -> None:
    assert "go together" in refusal(SMALL.replace("/dev/ttyUSB0", "virtual"))


def test_included_files_add_their_rigs(tmp_path: Path) -> None:
    (tmp_path / "boards.yaml").write_text(f"version: 1{BOARD}")
    (tmp_path / "lab.yaml").write_text(f"version: 1\ninclude: [boards.yaml]{RIG}")
    inventory = load_inventory(tmp_path / "lab.yaml")
    assert (list(inventory.boards), list(inventory.rigs)) == (["nano"], ["bench-1"])


def test_a_mistake_in_an_included_file_is_named_with_that_file(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("version: 1\nrigs: {b: {}}\n")
    (tmp_path / "lab.yaml").write_text("version: 1\ninclude: [other.yaml]\n")
    with pytest.raises(UsageFault, match=r"other\.yaml:2: rigs\.b: 'board' is a required"):
        load_inventory(tmp_path / "lab.yaml")


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\ninclude: [b.yaml]\n")
    (tmp_path / "b.yaml").write_text("version: 1\ninclude: [a.yaml]\n")
    with pytest.raises(UsageFault, match=r"a\.yaml: includes itself"):
        load_inventory(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("include", "says"),
    [
        ("gone.yaml", "no such inventory"),
        (".", "cannot be read"),
        ('"a\\0b"', "cannot be read"),
        ("bytes.yaml", "cannot be read"),
        ("n" * 300, "cannot be read"),
    ],
)
def test_an_include_that_cannot_be_read_is_refused(tmp_path: Path, include: str, says: str) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"version: \xff")
    (tmp_path / "lab.yaml").write_text(f"version: 1\ninclude: [{include}]\n")
    with pytest.raises(UsageFault, match=says):
        load_inventory(tmp_path / "lab.yaml")


def test_an_unknown_rig_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageFault, match=r"no rig 'bench-9' in lab\.yaml; it has: bench-1"):
        find_rig(read(SMALL), "bench-9")


def test_two_names_of_one_line_are_the_same_rig(tmp_path: Path) -> None:
    link = tmp_path / "by-id"
    link.symlink_to("/dev/null")
    one = read(SMALL.replace("/dev/ttyUSB0", "/dev/null")).rigs["bench-1"]
    other = read(SMALL.replace("/dev/ttyUSB0", str(link))).rigs["bench-1"]
    assert physical_identities(one, state=tmp_path) == physical_identities(other, state=tmp_path)


def test_a_shared_power_channel_is_part_of_what_a_rig_is(tmp_path: Path) -> None:
    rig = read(SMALL.replace("driver: command", "driver: command, channel: pdu-a/3")).rigs[
        "bench-1"
    ]
    assert physical_identities(rig, state=tmp_path) == ("path:/dev/ttyUSB0", "power:pdu-a/3")


def test_a_folder_is_one_inventory_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "boards.yaml").write_text(f"version: 1{BOARD}")
    (tmp_path / "rigs.yml").write_text(f"version: 1\ninclude: [boards.yaml]{RIG}")
    (tmp_path / "notes.txt").write_text("not YAML: [")
    inventory = load_inventory(tmp_path)
    assert (list(inventory.boards), list(inventory.rigs)) == (["nano"], ["bench-1"])
    assert inventory.source == str(tmp_path)


def test_a_folder_without_an_inventory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="a folder without an inventory"):
        load_inventory(tmp_path)


def test_a_rig_may_be_out_of_use_with_a_note_why() -> None:
    rig = read(SMALL.replace("revision: b,", "revision: b, enabled: false, notes: lent to Ben,"))
    assert not rig.rigs["bench-1"].enabled
    assert rig.rigs["bench-1"].notes == "lent to Ben"


def test_an_adapter_named_by_what_it_is_and_one_named_by_its_path_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = SimpleNamespace(device="/dev/null", serial_number="A50285BI", location="1-2")
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
    by_usb = read(SMALL.replace("/dev/ttyUSB0", "{usb: {serial: A50285BI}}")).rigs["bench-1"]
    by_path = read(SMALL.replace("/dev/ttyUSB0", "/dev/null")).rigs["bench-1"]
    known = physical_identities(by_usb, state=tmp_path)
    assert set(physical_identities(by_path, state=tmp_path)) <= set(known)
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    assert physical_identities(by_usb, state=tmp_path) == known[:1]


def test_the_published_schema_is_the_one_that_judges() -> None:
    published = ROOT / "docs" / "schemas" / "inventory.json"
    assert json.loads(published.read_text("utf-8")) == INVENTORY_SCHEMA
