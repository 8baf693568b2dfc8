"""A placeholder that nothing fills is a mistake in the inventory, found before anything is sent."""

from pathlib import Path

import pytest

from hil.app import Lab
from hil.errors import UsageFault
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.inventory.places import (
    ADDRESS_PLACES,
    DIGEST_PLACES,
    RIG_PLACES,
    SIZE_PLACES,
    image_places,
)
from hil.inventory.rig import Inventory, Keep
from tests.support.lab import a_rig

LAB = r"""version: 1
boards:
  uboot:
    console: {prompt: "=> ", banner: U-Boot}
    image: {at: 0x1000}
    flasher:
      driver: scripted
      steps:
        - {transfer: ymodem}
        - send: "erase {at_hex} +{size_hex}\n"
          expect: 'Erased {size} \{done\} \x{ff}'
          fails: [protected, 'Error {md5}']
      proof: {send: "crc32 {at_hex} {size_hex}\n", expect: '==> (?P<crc32>[0-9a-f]{8})'}
    smoke:
      echo: {send: "echo {nonce}\n", expect: '{nonce}'}
  chip:
    console: {prompt: "> ", banner: chip}
    image: {at: 0x1000}
    flasher:
      driver: tool
      command: burn --port {port} --speed {baud} {image} {image_file} {at} {free_port_1} ${HOME}
      proof: {read_back: "burn --read {file} --speed {baud} {size}"}
rigs:
  one:
    board: uboot
    revision: a
    serial: socket://127.0.0.1:{port}
    reset: {by: command, run: "press {probe_id} '{\"a\": 1} {16}'"}
    power: {driver: process, run: "qemu -serial {port} {folder}/nor.img", reset: "{word}\n"}
  two:
    board: chip
    revision: a
    serial: /dev/ttyUSB0
    power: {driver: command, channel: 3, on: "relay {channel} on", off: "relay {rig} off"}
  three:
    board: chip
    revision: a
    serial: /dev/ttyUSB1
    power: {driver: ours, on: "{anything}"}
"""


def refusal(text: str) -> str:
    with pytest.raises(UsageFault) as refused:
        parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")
    assert refused.value.code == "INVENTORY"
    return refused.value.message


def test_what_is_filled_and_braces_of_other_languages_are_no_mistake() -> None:
    parse_inventory([read_document(LAB, name="lab.yaml")], source="lab.yaml")


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            "erase {at_hex}",
            "erase {athex}",
            "lab.yaml:10: boards.uboot.flasher.steps.1.send: no {athex} here; known: at, at_hex,",
        ),
        ("{size} ", "{sizes} ", ":11: boards.uboot.flasher.steps.1.expect: no {sizes} here"),
        ("{md5}", "{md4}", ":12: boards.uboot.flasher.steps.1.fails.1: no {md4} here"),
        (
            "crc32 {at_hex} {size_hex}",
            "crc32 {crc32}",
            ":13: boards.uboot.flasher.proof.send: no {crc32} here; known: at, at_hex, size, s",
        ),
        ("--port {port}", "--port {prt}", ":21: boards.chip.flasher.command: no {prt} here"),
        ("{file}", "{image}", ":22: boards.chip.flasher.proof.read_back: no {image} here"),
        ("1:{port}", "1:{prt}", ":27: rigs.one.serial: no {prt} here; known: folder, port,"),
        ("press {probe_id}", "press {at}", ":28: rigs.one.reset.run: no {at} here; known: folder"),
        ("serial {port}", "serial {tcp}", ":29: rigs.one.power.run: no {tcp} here"),
        ("{channel} on", "{chanel} on", ":34: rigs.two.power.on: no {chanel} here; known: channel"),
        ("channel: 3, ", "", ":34: rigs.two.power.on: {channel} needs the rig's own"),
    ],
)
def test_a_placeholder_that_nothing_fills_is_named_with_those_that_there_are(
    right: str, wrong: str, says: str
) -> None:
    assert right in LAB
    assert says in refusal(LAB.replace(right, wrong))


def test_the_address_of_an_image_needs_one_in_the_boards_yaml() -> None:
    message = refusal(LAB.replace("    image: {at: 0x1000}\n", ""))
    assert "steps.1.send: {at_hex} needs an address in the board's YAML: image: {at:" in message
    assert "boards.chip.flasher.command: {at} needs an address" in message


def test_the_names_are_those_that_are_filled(tmp_path: Path) -> None:
    lab = Lab(Inventory(source="", boards={}, rigs={}, keep=Keep(), detectors={}), tmp_path)
    assert set(lab.places(a_rig())) == RIG_PLACES
    assert set(image_places(b"", at=0)) == SIZE_PLACES | ADDRESS_PLACES | DIGEST_PLACES
