"""Discover: from the serial ports of a host to an inventory that waits to be completed.

It says what a port is by what the USB device says of itself (USB 2.0, 9.6.1: iSerialNumber). A
serial number is no identity where several devices carry the same one, as CP2102 do from the
factory ("0001"): those are told apart by the socket that they are plugged into.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hil.inventory import sketch

_BAUD = 115200
Twins = frozenset[tuple[int | None, int | None, str]]
"""The (VID, PID, serial number) that several devices carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPort:
    """One serial port that this host shows.

    ``by_id`` and ``by_path`` are udev's links to it, or empty; ``interface`` is the number of the
    USB interface, None where it is not USB or has one only; ``location`` is the USB socket.
    """

    device: str
    by_id: str = ""
    by_path: str = ""
    vid: int | None = None
    pid: int | None = None
    serial_number: str = ""
    interface: int | None = None
    location: str = ""
    manufacturer: str = ""
    product: str = ""

    @property
    def usb_device(self) -> str:
        """The USB device that the port belongs to, by its socket; empty where it is not USB."""
        return self.location.partition(":")[0] if self.vid is not None else ""


def describe(ports: Sequence[FoundPort]) -> str:
    """Return an inventory with one rig per port and a placeholder board, as YAML text.

    Without ports it says what to check, and is an inventory without rigs.
    """
    if not ports:
        return f"version: 1\n{sketch.comment(NOTHING_FOUND, indent=0)}"
    twins = _twins(ports)
    text = "version: 1\n" + sketch.placeholder_boards({sketch.BOARD: _BAUD}) + "rigs:\n"
    names: list[str] = []
    for port in ports:
        names.append(sketch.name_rig(_wanted_name(port, twins), names))
        text += _rig(names[-1], port, twins)
    return text


NOTHING_FOUND = """\
no serial port found. What to check:
- the cable: many USB cables carry power only; `dmesg | tail` shows whether a device came
- the driver: `lsusb` lists the device but no /dev/ttyUSB* or /dev/ttyACM* appears
- in a container: pass the device in (docker run --device /dev/ttyUSB0)
- permission comes after that: the group of the port (dialout, uucp) is yours to join"""


def _twins(ports: Sequence[FoundPort]) -> Twins:
    """Return the (VID, PID, serial number) that several devices carry."""
    devices = {(p.vid, p.pid, p.serial_number, p.usb_device) for p in ports if p.serial_number}
    count = Counter(device[:3] for device in devices)
    return frozenset(key for key, number in count.items() if number > 1)


def _is_twin(port: FoundPort, twins: Twins) -> bool:
    return (port.vid, port.pid, port.serial_number) in twins


def _wanted_name(port: FoundPort, twins: Twins) -> str:
    plain = port.device.rpartition("/")[2]
    known = port.usb_device if _is_twin(port, twins) else port.serial_number
    number = "" if port.interface is None else f"-if{port.interface:02d}"
    return f"{known}{number}" if known else plain


def _rig(name: str, port: FoundPort, twins: Twins) -> str:
    path = _stable_path(port, twins)
    remarks = [_facts(port)]
    if _is_twin(port, twins):
        remarks.append(_twin_warning(port))
    if path == port.device and port.vid is not None:
        remarks.append(f"no stable link to it: {path} may be another device after a replug")
    return (
        f"  {sketch.quote(name)}:\n"
        + sketch.comment("\n".join(remarks), indent=4)
        + f"    board: {sketch.BOARD}\n"
        + "    revision: a\n"
        + f"    serial: {sketch.quote(path)}\n"
        + f"    {sketch.NO_SWITCH}\n"
    )


def _stable_path(port: FoundPort, twins: Twins) -> str:
    """Return the path that means this port tomorrow too, where there is one."""
    if _is_twin(port, twins):
        return port.by_path or port.device
    return port.by_id or port.by_path or port.device


def _facts(port: FoundPort) -> str:
    if port.vid is None or port.pid is None:
        return f"{port.device}: not USB"
    said = [f"{port.device}: USB {port.vid:04x}:{port.pid:04x}"]
    said += [word for word in (port.manufacturer, port.product) if word]
    said.append(f"serial {port.serial_number}" if port.serial_number else "no serial number")
    said += [f"interface {port.interface}"] if port.interface is not None else []
    said += [f"socket {port.location}"] if port.location else []
    return ", ".join(said)


def _twin_warning(port: FoundPort) -> str:
    return (
        f"another device says serial {port.serial_number!r} too: known by its USB socket; "
        "keep it plugged in there, or give it a serial number of its own"
    )
