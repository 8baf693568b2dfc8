"""A Twister hardware map becomes an inventory, and says what did not."""

import pytest

from hil.errors import UsageFault
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.inventory.rig import Rig
from hil.inventory.twister import Imported, import_map

MAP = """
- connected: true
  id: 000683759358
  platform: nrf52840dk/nrf52840
  product: J-Link
  runner: nrfjprog
  runner_params: ["--tool-opt=x"]
  probe_id: "683759358"
  flash_timeout: 120
  serial: /dev/serial/by-id/usb-SEGGER_J-Link_000683759358-if00
  baud: 1000000
  fixtures: [gpio_loopback, ble_fixture]
  notes: "left: shelf #2"
- connected: false
  id: 0240000034544e45
  platform: frdm_k64f
  product: DAPLink CMSIS-DAP
  runner: pyocd
  serial: null
"""


def imported(text: str) -> Imported:
    return import_map(read_document(text, name="map.yaml"))


def rigs_of(text: str) -> dict[str, Rig]:
    document = read_document(imported(text).text, name="lab.yaml")
    return dict(parse_inventory([document], source="lab.yaml").rigs)


def an_entry(**more: str) -> str:
    lines = {"connected": "true", "platform": "nano", "serial": "/dev/ttyACM0"} | more
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in lines.items()) + "\n"


def test_a_connected_device_is_a_rig_with_its_line_its_fixtures_and_its_notes() -> None:
    rig = rigs_of(MAP)["nrf52840dk-nrf52840-000683759358"]
    assert rig.board == "nrf52840dk-nrf52840"
    assert rig.serial == "/dev/serial/by-id/usb-SEGGER_J-Link_000683759358-if00"
    assert rig.capabilities == ("gpio_loopback", "ble_fixture")
    assert (rig.enabled, rig.notes) == (True, "left: shelf #2")


def test_the_line_of_a_board_has_the_speed_of_the_map() -> None:
    text = imported(MAP).text
    inventory = parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")
    assert inventory.boards["nrf52840dk-nrf52840"].baud == 1_000_000
    assert inventory.boards["frdm_k64f"].baud == 115_200


def test_a_device_that_is_not_connected_is_a_disabled_rig_that_says_so() -> None:
    rig = rigs_of(MAP)["frdm_k64f-0240000034544e45"]
    assert not rig.enabled
    assert rig.notes == "not connected when it was imported; no port known"


def test_how_twister_flashed_is_said_as_a_command_to_complete_the_board_with() -> None:
    losses = imported(MAP).losses
    assert (
        "nrf52840dk-nrf52840-000683759358: runner: nrfjprog: complete the board's `flasher`; "
        "Twister ran: west flash --runner nrfjprog -i 683759358 --tool-opt=x; timeout_s: 120"
    ) in losses


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("serial_pty", "./start-qemu.sh"),
        ("pre_script", "./power-on.sh"),
        ("post_script", "./power-off.sh"),
        ("post_flash_script", "./reset.sh"),
        ("flash_with_test", "true"),
        ("flash_before", "true"),
        ("script_param", "{pre_script_timeout: 9}"),
        ("west_flash_cmd", "my flash"),
        ("a_key_of_next_year", "7"),
    ],
)
def test_what_cannot_be_carried_over_is_said_twice(key: str, value: str) -> None:
    got = imported(an_entry(**{key: value}))
    assert [loss for loss in got.losses if loss.startswith(f"nano: {key}: ")]
    assert f"# not carried over: {key}: " in got.text


def test_a_second_platform_on_one_line_is_said_and_not_made_a_second_rig() -> None:
    several = an_entry(platform="nano mega")
    assert list(rigs_of(several)) == ["nano"]
    assert "nano: platform: also mega" in imported(several).losses[0]


def test_a_line_that_the_map_names_twice_belongs_to_the_first() -> None:
    twice = an_entry(id="a") + an_entry(id="b")
    assert list(rigs_of(twice)) == ["nano-a"]
    assert imported(twice).losses == (
        "nano-b: serial: /dev/ttyACM0: nano-a has this line: left out",
    )


def test_devices_without_an_id_get_names_of_their_own() -> None:
    several = an_entry() + an_entry(serial="/dev/ttyACM1")
    assert list(rigs_of(several)) == ["nano", "nano-2"]


@pytest.mark.parametrize("text", ["version: 1\n", "- just words\n", "- {id: 7}\n"])
def test_something_else_than_a_hardware_map_is_refused(text: str) -> None:
    with pytest.raises(UsageFault) as refused:
        imported(text)
    assert refused.value.code == "HARDWARE_MAP"


def test_an_empty_map_is_an_inventory_without_rigs() -> None:
    assert rigs_of("[]\n") == {}
