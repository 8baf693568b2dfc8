"""Locate: where a rig's port is now, found by what it is and not by the name it happens to have."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hil.errors import RigFault
from hil.inventory.rig import UsbIdentity

_BY_IDENTITY = ("/dev/serial/by-id/", "/dev/serial/by-path/")


class Whereabouts(Protocol):
    """Finds one port. ``survives``: it can be known again after it went away."""

    @property
    def described(self) -> str:
        """What it is looked for by."""
        ...

    @property
    def survives(self) -> bool:
        """Whether it is known again when it returns, under whatever name."""
        ...

    def find(self, rig: str) -> str:
        """Return its path or URL as of now.

        Raises:
            RigFault: LINK_ABSENT, it is not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class ByPath:
    """A path or URL as it stands. A symbolic link names what it points to by identity."""

    path: str

    @property
    def described(self) -> str:
        """The path."""
        return self.path

    @property
    def survives(self) -> bool:
        """Whether udev keeps the link pointing at the same device."""
        return self.path.startswith(_BY_IDENTITY) or Path(self.path).is_symlink()

    def find(self, rig: str) -> str:
        """Return the path; opening it says whether anything is there."""
        del rig
        return self.path


class FoundPort(Protocol):
    """A port as pyserial lists it."""

    device: str
    serial_number: str | None
    location: str | None


@dataclass(frozen=True, slots=True)
class ByUsb:
    """A USB serial adapter, by its serial number and interface, or by its place on the bus."""

    identity: UsbIdentity
    list_ports: Callable[[], Iterable[FoundPort]]

    @property
    def described(self) -> str:
        """The identity, as in the inventory."""
        parts = [f"serial {self.identity.serial}" if self.identity.serial else ""]
        parts += [f"at {self.identity.location}" if self.identity.location else ""]
        if self.identity.interface is not None:
            parts.append(f"interface {self.identity.interface}")
        return "USB " + ", ".join(part for part in parts if part)

    @property
    def survives(self) -> bool:
        """A USB device is known again by its serial number."""
        return True

    def find(self, rig: str) -> str:
        """Return the path of the only port that fits.

        Raises:
            RigFault: LINK_ABSENT, none is there; LINK_AMBIGUOUS, several are.
        """
        found = [port.device for port in self.list_ports() if self._fits(port)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise RigFault(
                f"{rig}: no port with {self.described}",
                hint="is it plugged in? `hil rig discover` lists what is there",
                code="LINK_ABSENT",
            )
        raise RigFault(
            f"{rig}: {', '.join(sorted(found))} all have {self.described}",
            hint="add `interface`, or `location` where adapters share a serial number",
            code="LINK_AMBIGUOUS",
        )

    def _fits(self, port: FoundPort) -> bool:
        place, _, interface = (port.location or "").partition(":")
        wanted = self.identity
        return (
            (not wanted.serial or port.serial_number == wanted.serial)
            and (not wanted.location or place == wanted.location)
            and (wanted.interface is None or interface.rpartition(".")[2] == str(wanted.interface))
        )
