"""Host: what is gathered of a port and of the leases, from folders that look like a host's."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hil.inventory.discover import FoundPort
from hil.inventory.survey import Process
from hil.links.host import Roots, find_container, gather_locks, gather_port
from hil.links.ports import find_links, interface_number


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    for folder in ("proc", "sys/class/tty/ttyUSB0/device", "run/udev/data", "dev"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "dev" / "ttyUSB0").touch()
    return Roots(top=tmp_path)


def device(roots: Roots) -> Path:
    return roots.top / "dev" / "ttyUSB0"


def a_process(roots: Roots, pid: int, program: str, *files: Path) -> None:
    descriptors = roots.proc / str(pid) / "fd"
    descriptors.mkdir(parents=True)
    (descriptors.parent / "comm").write_text(f"{program}\n")
    for number, file in enumerate(files):
        (descriptors / str(number)).symlink_to(file)


def found(roots: Roots) -> FoundPort:
    return FoundPort(
        device=str(device(roots)), vid=0x10C4, pid=0xEA60, serial_number="0001", location="1-2"
    )


def test_who_has_a_port_open_is_found_by_what_it_has_open(roots: Roots) -> None:
    a_process(roots, 42, "minicom", roots.top / "dev", device(roots))
    a_process(roots, 43, "bash", roots.top / "dev")
    facts = gather_port(str(device(roots)), [], roots=roots)
    assert facts.users == (Process(pid=42, program="minicom"),)


def test_known_meddlers_are_found_among_the_processes(roots: Roots) -> None:
    a_process(roots, 7, "ModemManager")
    (roots.run / "udev" / "data" / "c0:0").write_text("S:x\nE:ID_MM_DEVICE_IGNORE=1\n")
    facts = gather_port(str(device(roots)), [], roots=roots)
    assert facts.meddlers == (Process(pid=7, program="ModemManager"),)
    assert facts.spared_by_modem_manager


def test_a_port_is_known_by_its_link_its_owner_and_its_mode(roots: Roots) -> None:
    device(roots).chmod(0o640)
    link = roots.top / "dev" / "by-id"
    link.symlink_to(device(roots))
    facts = gather_port(str(link), [found(roots)], roots=roots)
    assert (facts.path, facts.device, facts.mode) == (str(link), str(device(roots)), 0o640)
    assert (facts.is_usb, facts.usb_serial, facts.twins) == (True, "0001", ())
    assert facts.owner == facts.user


def test_another_device_with_the_same_serial_number_is_a_twin(roots: Roots) -> None:
    other = replace(found(roots), device="/dev/ttyUSB1", location="1-3")
    sibling = replace(found(roots), device="/dev/ttyUSB2", location="1-2:1.1", interface=1)
    ports = [found(roots), other, sibling]
    assert gather_port(str(device(roots)), ports, roots=roots).twins == ("/dev/ttyUSB1",)


def test_the_latency_timer_is_read_where_there_is_one(roots: Roots) -> None:
    assert gather_port(str(device(roots)), [], roots=roots).latency_ms is None
    timer = roots.sys / "class" / "tty" / "ttyUSB0" / "device" / "latency_timer"
    timer.write_text("16\n")
    facts = gather_port(str(device(roots)), [], roots=roots)
    assert (facts.latency_ms, facts.latency_settable) == (16, True)


def test_a_port_that_is_not_there_has_no_device(roots: Roots) -> None:
    assert gather_port(str(roots.top / "dev" / "ttyUSB9"), [], roots=roots).device == ""


@pytest.mark.parametrize(
    ("mark", "text", "kind"),
    [
        (".dockerenv", "", "docker"),
        ("run/.containerenv", "", "podman"),
        ("proc/1/cgroup", "0::/kubepods/besteffort/pod1", "kubepods"),
        ("proc/1/cgroup", "0::/init.scope", ""),
    ],
)
def test_a_container_is_known_by_its_marks(roots: Roots, mark: str, text: str, kind: str) -> None:
    (roots.top / mark).parent.mkdir(exist_ok=True)
    (roots.top / mark).write_text(text)
    assert find_container(roots) == kind


def test_the_folder_of_the_locks_is_made_and_looked_at(roots: Roots) -> None:
    folder = roots.top / "locks"
    facts = gather_locks(folder, serial="socket://lab:4000", roots=roots)
    assert facts.may_write
    assert (facts.container, facts.is_network_line) == ("", True)
    assert facts.mode == folder.stat().st_mode & 0o7777


def test_the_line_of_a_program_that_the_rig_starts_is_not_on_the_network(roots: Roots) -> None:
    facts = gather_locks(roots.top / "locks", serial="socket://127.0.0.1:{port}", roots=roots)
    assert not facts.is_network_line


def test_a_link_is_found_by_the_device_it_means(roots: Roots) -> None:
    folder = roots.top / "by-id"
    folder.mkdir()
    (folder / "usb-Thing-if00").symlink_to(device(roots))
    assert find_links(folder) == {str(device(roots)): str(folder / "usb-Thing-if00")}
    assert find_links(roots.top / "nothing") == {}


def test_the_number_of_an_interface_is_in_its_place_on_the_bus() -> None:
    assert interface_number("1-2.3:1.2") == 2
    assert interface_number("1-2.3") is None


def test_a_process_of_this_host_that_has_a_file_open_is_found(tmp_path: Path) -> None:
    held = tmp_path / "port"
    held.touch()
    hold = "import sys; held = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    argv = [sys.executable, "-c", hold, str(held)]
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        users = gather_port(str(held), [], roots=Roots()).users
        assert [user.pid for user in users] == [process.pid]
        process.communicate(b"")
