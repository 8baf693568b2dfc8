"""Host: what /proc, /sys and /run say of a serial port and of the leases, gathered for a survey.

Nothing is opened that could touch a board: only stat(2), links and text files are read.
"""

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hil.inventory.discover import FoundPort
from hil.inventory.survey import BRLTTY, MODEM_MANAGER, LockFacts, PortFacts, Process

_CONTAINER_WORDS = ("docker", "containerd", "kubepods", "libpod", "lxc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where this host describes itself."""

    top: Path = Path("/")

    @property
    def proc(self) -> Path:
        """Processes: proc(5)."""
        return self.top / "proc"

    @property
    def sys(self) -> Path:
        """Devices: sysfs(5)."""
        return self.top / "sys"

    @property
    def run(self) -> Path:
        """What udev and containers leave."""
        return self.top / "run"


def gather_port(path: str, ports: Sequence[FoundPort], *, roots: Roots) -> PortFacts:
    """Return what is known of a port; ``ports`` are all that this host shows."""
    programs = {process.pid: process.program for process in _processes(roots.proc)}
    meddlers = tuple(
        Process(pid=pid, program=program)
        for pid, program in programs.items()
        if program in {MODEM_MANAGER, BRLTTY}
    )
    try:
        device = Path(path).resolve(strict=True)
        told = device.stat()
    except OSError:
        return PortFacts(path=path, meddlers=meddlers)
    users, hidden = _users(roots.proc, told, programs)
    found = next((port for port in ports if port.device == str(device)), None)
    latency = roots.sys / "class" / "tty" / device.name / "device" / "latency_timer"
    return PortFacts(
        path=path,
        device=str(device),
        user=getpass.getuser(),
        owner=_user_name(told.st_uid),
        group=_group_name(told.st_gid),
        mode=told.st_mode & 0o7777,
        may_open=os.access(device, os.R_OK | os.W_OK),
        groups=group_names(),
        users=users,
        hidden=hidden,
        meddlers=meddlers,
        spared_by_modem_manager=_is_spared(roots.run, told.st_rdev),
        usb_serial=found.serial_number if found else "",
        is_usb=found is not None and found.vid is not None,
        twins=_twins(found, ports) if found else (),
        latency_ms=_read_number(latency),
        latency_settable=os.access(latency, os.W_OK),
    )


def gather_locks(folder: Path, *, serial: str, roots: Roots) -> LockFacts:
    """Return what is known of the folder of the locks, made if need be, for a rig's line."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return LockFacts(
        folder=str(folder),
        may_write=os.access(folder, os.W_OK | os.X_OK),
        mode=folder.stat().st_mode & 0o7777 if folder.exists() else 0,
        container=find_container(roots),
        is_mount=_is_mount(folder),
        # With {port} it is that of a program which the rig itself starts, on this host.
        is_network_line=serial.startswith(("socket://", "rfc2217://")) and "{port}" not in serial,
    )


def group_names() -> tuple[str, ...]:
    """Return the groups of this process: what counts is those it was started with."""
    return tuple(sorted({_group_name(number) for number in (os.getegid(), *os.getgroups())}))


def find_container(roots: Roots) -> str:
    """Return the kind of container that this process runs in, or nothing."""
    for name, kind in ((".dockerenv", "docker"), ("run/.containerenv", "podman")):
        if (roots.top / name).exists():
            return kind
    with suppress(OSError):
        said = (roots.proc / "1" / "cgroup").read_text("utf-8", "replace")
        return next((word for word in _CONTAINER_WORDS if word in said), "")
    return ""


def _is_mount(folder: Path) -> bool:
    """Tell whether a folder lies on a mount that is neither the root nor the container's own."""
    with suppress(OSError):
        here = folder.resolve()
        return any(place.is_mount() for place in (here, *here.parents) if place != Path("/"))
    return False


def _processes(proc: Path) -> Iterator[Process]:
    with suppress(OSError):
        for entry in proc.iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    program = (entry / "comm").read_text("utf-8", "replace").strip()
                    yield Process(pid=int(entry.name), program=program)


def _users(
    proc: Path, device: os.stat_result, programs: dict[int, str]
) -> tuple[tuple[Process, ...], int]:
    """Return the processes, but for this one, that have a device open, and how many hide it."""
    users, hidden = [], 0
    for pid in sorted(programs):
        if pid == os.getpid():
            continue
        try:
            open_files = list((proc / str(pid) / "fd").iterdir())
        except PermissionError:
            hidden += 1
            continue
        except OSError:
            continue  # it ended while we looked
        if any(_is_same(file, device) for file in open_files):
            users.append(Process(pid=pid, program=programs[pid]))
    return tuple(users), hidden


def _is_same(file: Path, device: os.stat_result) -> bool:
    try:
        told = file.stat()
    except OSError:
        return False
    if device.st_rdev:  # a device may have several nodes, a container's own among them
        return told.st_rdev == device.st_rdev
    return (told.st_dev, told.st_ino) == (device.st_dev, device.st_ino)


def _is_spared(run: Path, number: int) -> bool:
    record = run / "udev" / "data" / f"c{os.major(number)}:{os.minor(number)}"
    with suppress(OSError):
        return "E:ID_MM_DEVICE_IGNORE=1" in record.read_text("utf-8", "replace").splitlines()
    return False


def _twins(found: FoundPort, ports: Sequence[FoundPort]) -> tuple[str, ...]:
    """Return the ports of other USB devices with the serial number of this one."""
    if not found.serial_number:
        return ()
    kind = (found.vid, found.pid, found.serial_number)
    return tuple(
        port.device
        for port in ports
        if (port.vid, port.pid, port.serial_number) == kind and port.usb_device != found.usb_device
    )


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _user_name(number: int) -> str:
    import pwd  # noqa: PLC0415 (absent on Windows, where this module must still import)

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    import grp  # noqa: PLC0415 (as above)

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
