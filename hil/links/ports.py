"""Ports: the serial ports that this host shows, found without opening any of them.

Opening a port sets DTR and RTS, which resets many boards (pyserial issue 124); what sysfs and
udev's links say is enough to tell them apart.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from hil.inventory.discover import FoundPort

_INTERFACE = re.compile(r":\d+\.(\d+)$")  # 1-2.3:1.0, the kernel's name of a USB interface


def find_ports(links: Path = Path("/dev/serial")) -> list[FoundPort]:
    """Return the ports of this host, in the order of their names; ``links`` is udev's folder."""
    from serial.tools import list_ports  # noqa: PLC0415 (only this command needs it)

    by_id, by_path = find_links(links / "by-id"), find_links(links / "by-path")
    return [
        FoundPort(
            device=port.device,
            by_id=by_id.get(port.device, ""),
            by_path=by_path.get(port.device, ""),
            vid=port.vid,
            pid=port.pid,
            serial_number=port.serial_number or "",
            interface=interface_number(port.location or ""),
            location=port.location or "",
            manufacturer=port.manufacturer or "",
            product=port.product or "",
        )
        for port in sorted(list_ports.comports())
    ]


def interface_number(location: str) -> int | None:
    """Return the number of a USB interface from its place; None where the device has only one."""
    found = _INTERFACE.search(location)
    return int(found[1]) if found else None


def find_links(folder: Path) -> Mapping[str, str]:
    """Return the links in a folder, by the device that each of them means."""
    try:
        links = sorted(folder.iterdir(), reverse=True)
    except OSError:
        return {}  # no USB serial adapter was ever plugged in, or no udev: a container
    return {str(link.resolve()): str(link) for link in links}
