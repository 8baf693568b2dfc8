"""Discover: what a host's ports are, as an inventory that loads."""

import pytest

from hil.inventory.discover import FoundPort, describe
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory
from hil.inventory.rig import Inventory

FTDI = FoundPort(
    device="/dev/ttyUSB0",
    by_id="/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0",
    by_path="/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
    vid=0x0403,
    pid=0x6001,
    serial_number="A50285BI",
    location="1-1",
    manufacturer="FTDI",
    product="FT232R USB UART",
)


def a_cp2102(socket: str, device: str) -> FoundPort:
    return FoundPort(
        device=device,
        by_id="/dev/serial/by-id/usb-Silicon_Labs_CP2102_0001-if00-port0",
        by_path=f"/dev/serial/by-path/pci-0000:00:14.0-usb-0:{socket}:1.0-port0",
        vid=0x10C4,
        pid=0xEA60,
        serial_number="0001",
        location=f"1-{socket}",
        product="CP2102 USB to UART Bridge Controller",
    )


def an_interface(number: int) -> FoundPort:
    return FoundPort(
        device=f"/dev/ttyACM{number}",
        by_id=f"/dev/serial/by-id/usb-SEGGER_J-Link_000683759358-if{number:02d}",
        vid=0x1366,
        pid=0x1055,
        serial_number="000683759358",
        interface=number,
        location=f"1-2:1.{number}",
        product="J-Link",
    )


def read(text: str) -> Inventory:
    return parse_inventory([read_document(text, name="found.yaml")], source="found.yaml")


def test_what_is_printed_loads_as_an_inventory() -> None:
    rig = read(describe([FTDI])).rigs["A50285BI"]
    assert rig.serial == "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"


def test_a_port_is_described_by_what_its_usb_device_says() -> None:
    said = "# /dev/ttyUSB0: USB 0403:6001, FTDI, FT232R USB UART, serial A50285BI, socket 1-1"
    assert said in describe([FTDI])


def test_several_interfaces_of_one_device_are_several_rigs_and_no_twins() -> None:
    text = describe([an_interface(0), an_interface(2)])
    assert list(read(text).rigs) == ["000683759358-if00", "000683759358-if02"]
    assert "another device" not in text


def test_devices_with_one_serial_number_are_told_apart_by_their_sockets() -> None:
    text = describe([a_cp2102("2", "/dev/ttyUSB0"), a_cp2102("3", "/dev/ttyUSB1")])
    rigs = read(text).rigs
    assert {name: rig.serial for name, rig in rigs.items()} == {
        "1-2": "/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0",
        "1-3": "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0-port0",
    }
    assert text.count("another device says serial '0001' too") == 2


def test_a_usb_port_without_a_stable_link_is_called_out() -> None:
    bare = FoundPort(device="/dev/ttyACM0", vid=0x2341, pid=0x43, location="1-4")
    text = describe([bare])
    assert read(text).rigs["ttyACM0"].serial == "/dev/ttyACM0"
    assert "may be another device after a replug" in text


@pytest.mark.parametrize(
    "product",
    ['a "quoted" name: #1', "two\nlines", "tab\t\x07bell\x85next\u2028line", "\U0001f600"],
)
def test_whatever_a_device_calls_itself_the_text_still_loads(product: str) -> None:
    odd = FoundPort(device="/dev/ttyUSB0", vid=1, pid=2, serial_number=product, product=product)
    assert len(read(describe([odd])).rigs) == 1


def test_no_port_is_said_with_what_to_check_and_is_an_inventory_without_rigs() -> None:
    text = describe([])
    assert "no serial port found" in text
    assert "dialout" in text
    assert "--device" in text
    assert not read(text).rigs
