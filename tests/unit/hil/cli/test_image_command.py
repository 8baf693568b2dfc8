"""What ``hil image show`` says of each format."""

import json
from pathlib import Path

import jsonschema
import pytest

from hil.cli.main import main

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/schemas/hil-image.json").read_text("utf-8"))
IMAGES = ROOT / "rigs" / "firmware" / "images"
HEX = b":020000040800F2\n:0400000000200020BC\n:040000050800010DE1\n"
FILES = {
    "mcuboot": (IMAGES / "nano-v2-1.1.0.bin").read_bytes(),
    "elf": (IMAGES / "nano-v2-1.1.0.elf").read_bytes(),
    "hex": HEX,
    "raw": b"\0\x20\0\x20",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return tmp_path / "app"


def show(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["image", "show", *map(str, words)])
    assert not ended.value.code
    return capsys.readouterr().out


@pytest.mark.parametrize("form", FILES)
def test_each_format_is_shown_as_its_schema_says(
    app: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app.write_bytes(FILES[form])
    document = json.loads(show(capsys, app, "--format", "json"))
    jsonschema.validate(document, SCHEMA)
    assert document["format"] == form


def test_what_an_image_does_not_say_is_a_dash(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app.write_bytes(HEX)
    lines = dict(line.split(maxsplit=1) for line in show(capsys, app).splitlines())
    assert (lines["board"], lines["machine"]) == ("-", "-")
    assert (lines["segments"], lines["entry"]) == ("4 bytes at 0x08000000", "0x0800010d")
    assert lines["version"] == f"sha256:{lines['sha256'][:12]}"
