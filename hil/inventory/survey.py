"""Survey: what a host shows of a rig before anything is opened, judged part by part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MODEM_MANAGER, BRLTTY = "ModemManager", "brltty"
_FAST_MS = 1
_SHOWN = 80  # characters
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FOR_ALL = 0o1777


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A part that is as it should be."""

    part: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A part that may do, or that could not be told; ``hint`` is how to be sure."""

    part: str
    says: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A part that keeps the rig from working; ``hint`` is the next move."""

    part: str
    says: str
    hint: str


Finding = Good | Unknown | Bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of this host, and the name of its program."""

    pid: int
    program: str

    def __str__(self) -> str:
        return f"{self.program} (process {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFacts:
    """What is known of a device of this host without opening it.

    ``path`` is its name in the inventory, ``device`` what that means now, empty where it is not
    there; ``mode`` its permission bits. ``users`` have it open; of ``hidden`` processes the open
    files could not be read. ``found_by`` is the USB identity by which it was found, empty where it
    was found by its path; ``twins`` are other ports whose USB device says the same serial number.
    ``latency_ms`` is None where the adapter has no latency timer.
    """

    path: str
    device: str = ""
    user: str = ""
    owner: str = ""
    group: str = ""
    mode: int = 0
    may_open: bool = False
    groups: tuple[str, ...] = ()
    users: tuple[Process, ...] = ()
    hidden: int = 0
    meddlers: tuple[Process, ...] = ()
    spared_by_modem_manager: bool = False
    usb_serial: str = ""
    is_usb: bool = False
    twins: tuple[str, ...] = ()
    found_by: str = ""
    latency_ms: int | None = None
    latency_settable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFacts:
    """What is known of the folder of the locks.

    ``container`` names the kind of container that this process runs in, or is empty; ``is_mount``
    says that the folder is a mount of its own, as a folder shared with the host is.
    """

    folder: str
    may_write: bool
    mode: int
    container: str = ""
    is_mount: bool = False
    is_network_line: bool = False


def judge_port(facts: PortFacts) -> list[Finding]:
    """Return one finding for each part of a line that is a device of this host."""
    if not facts.device:
        return [_judge_absence(facts)]
    findings = [Good(part="device", says=_named(facts)), _judge_identity(facts)]
    findings += [_judge_permission(facts), _judge_use(facts)]
    return [*findings, *_judge_meddlers(facts), *_judge_latency(facts)]


def _named(facts: PortFacts) -> str:
    return facts.path if facts.path == facts.device else f"{facts.path} is {facts.device}"


def _judge_absence(facts: PortFacts) -> Finding:
    took = any(process.program == BRLTTY for process in facts.meddlers)
    hint = "is it plugged in and powered? `hil rig discover` lists the ports that there are"
    if took:
        hint += "; brltty runs, which takes CH340 and CP210x adapters away: sudo apt remove brltty"
    return Bad(part="device", says=f"{facts.path} is not there", hint=hint)


def _judge_identity(facts: PortFacts) -> Finding:
    if facts.found_by:
        return Good(part="identity", says=f"found by {facts.found_by}")
    by_id = facts.path.startswith("/dev/serial/by-id/")
    if by_id and facts.usb_serial and _as_udev_writes(facts.usb_serial) not in facts.path:
        return Bad(
            part="identity",
            says=f"{facts.path} leads to {facts.device}, whose USB device says serial "
            f"{facts.usb_serial!r}",
            hint="plug it out and in; where that does not help: `hil rig discover`, mend `serial:`",
        )
    if by_id and facts.twins:
        return Bad(
            part="identity",
            says=f"{', '.join(facts.twins)} says serial {facts.usb_serial!r} too: the link means "
            "whichever came last",
            hint="name it by its socket: a link in /dev/serial/by-path; `hil rig discover`",
        )
    if facts.is_usb and facts.path == facts.device:
        return Unknown(
            part="identity",
            says=f"known by its name only: after a replug {facts.path} may be another device",
            hint="use its link in /dev/serial/by-id: `hil rig discover` prints it",
        )
    said = f"serial {facts.usb_serial}" if facts.usb_serial else "no serial number to compare"
    return Good(part="identity", says=said)


def _as_udev_writes(serial: str) -> str:
    """Return a serial number as udev puts it into a link: what is not plain becomes ``_``."""
    kept = "#+-.:=@_"
    return "".join(c if (c.isascii() and c.isalnum()) or c in kept else "_" for c in serial.strip())


def _judge_permission(facts: PortFacts) -> Finding:
    told = f"{facts.device} belongs to {facts.owner}:{facts.group}, mode {facts.mode:04o}"
    if facts.may_open:
        return Good(part="permission", says=told)
    group_may = facts.mode & 0o060 == 0o060 and facts.group not in {"", "root"}
    if not group_may:
        hint = (
            f'a udev rule gives it a group: SUBSYSTEM=="tty", GROUP="dialout", MODE="0660" ({told})'
        )
    elif facts.group in facts.groups:
        hint = "an access list or the container forbids it: getfacl, or --device for a container"
    else:
        hint = (
            f"add yourself to {facts.group}: sudo usermod -aG {facts.group} {facts.user}, then "
            "log out and in again"
        )
    return Bad(
        part="permission",
        says=f"{told}; {facts.user} ({', '.join(facts.groups) or 'no group'}) may not open it",
        hint=hint,
    )


def _judge_use(facts: PortFacts) -> Finding:
    if facts.users:
        return Bad(
            part="in use",
            says=f"{facts.device} is open in {', '.join(map(str, facts.users))}",
            hint=_end_users(facts.users),
        )
    if facts.hidden:
        return Unknown(
            part="in use",
            says=f"no process of {facts.user} has it open; {facts.hidden} processes of others "
            "cannot be looked into",
            hint=f"sudo fuser -v {facts.device} looks into all",
        )
    return Good(part="in use", says="no process has it open")


def _end_users(users: tuple[Process, ...]) -> str:
    if any(process.program == MODEM_MANAGER for process in users):
        return f"ModemManager looks for a modem there: {_SPARE}"
    if any(process.program == BRLTTY for process in users):
        return "brltty takes it for a braille display: sudo apt remove brltty"
    return f"end it there, or: kill {' '.join(str(process.pid) for process in users)}"


_SPARE = (
    'a udev rule spares it: ATTRS{idVendor}=="0403", ENV{ID_MM_DEVICE_IGNORE}="1" '
    "(with its own vendor), then sudo udevadm control --reload && sudo udevadm trigger"
)


def _judge_meddlers(facts: PortFacts) -> Iterator[Finding]:
    for process in facts.meddlers:
        if process.program == MODEM_MANAGER and facts.spared_by_modem_manager:
            continue
        hint = _SPARE if process.program == MODEM_MANAGER else "sudo apt remove brltty"
        yield Unknown(
            part="other programs",
            says=f"{process} runs: it may open the port when it appears, and send to the board",
            hint=hint,
        )


def _judge_latency(facts: PortFacts) -> Iterator[Finding]:
    """Judge an FTDI adapter's latency timer, 16 ms as it comes (FTDI, AN232B-04)."""
    if facts.latency_ms is None:
        return
    told = f"the adapter waits {facts.latency_ms} ms before it hands on a few bytes"
    if facts.latency_ms <= _FAST_MS or facts.latency_settable:
        now = "" if facts.latency_ms <= _FAST_MS else "; it is set to 1 ms when the line is opened"
        yield Good(part="latency", says=told + now)
        return
    yield Unknown(
        part="latency",
        says=f"{told}, and {facts.user} may not change it: each answer comes that much later",
        hint='a udev rule sets it: SUBSYSTEM=="usb-serial", ATTR{latency_timer}="1"',
    )


def judge_locks(facts: LockFacts) -> Finding:
    """Say how far a lease of this process reaches."""
    if not facts.may_write:
        return Bad(
            part="leases",
            says=f"{facts.folder} cannot be written: no rig can be leased",
            hint="name another folder, the same for everybody: HIL_LOCKS=/run/lock/hil",
        )
    if facts.container and not facts.is_mount:
        return Unknown(
            part="leases",
            says=f"in a container ({facts.container}): the host and other containers do not see "
            f"the leases in {facts.folder}",
            hint="share one folder with all of them: -v /run/lock/hil:/locks -e HIL_LOCKS=/locks",
        )
    if facts.is_network_line:
        return Unknown(
            part="leases",
            says="the line is on the network: other hosts are not kept off by a lease here",
            hint="let one host use it, or have its server accept one client only",
        )
    if facts.container:
        return Good(part="leases", says=f"{facts.folder}, a mount of this container")
    if facts.mode & _FOR_ALL != _FOR_ALL:
        return Unknown(
            part="leases",
            says=f"{facts.folder} has mode {facts.mode:04o}: other users cannot lease there",
            hint=f"for a host with several users: chmod 1777 {facts.folder}",
        )
    return Good(part="leases", says=f"{facts.folder}, for all users of this host")


def judge_board(rig: str, said: bytes) -> Finding:
    """Say what a board said since its power came, by the last line of it."""
    if not said:
        hint = f"look: `hil console --rig {rig}`; does its program start, is `baud` right?"
        return Unknown(part="board", says="it said nothing", hint=hint)
    text = _ESCAPES.sub("", said.decode("utf-8", "ignore"))
    lines = ["".join(filter(str.isprintable, line)).strip() for line in text.splitlines()]
    last = next(filter(None, reversed(lines)), "")
    if not last:
        hint = f"is `baud` right? look: `hil console --rig {rig}`"
        return Unknown(part="board", says=f"it said {len(said)} bytes, but no text", hint=hint)
    return Good(part="board", says=last[:_SHOWN])
