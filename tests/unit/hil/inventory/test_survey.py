"""A survey: what keeps a line from working is named, with the next move."""

from dataclasses import replace

import pytest

from hil.inventory.survey import (
    Bad,
    Finding,
    Good,
    LockFacts,
    PortFacts,
    Process,
    Unknown,
    judge_board,
    judge_locks,
    judge_port,
)

BY_ID = "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0"
FINE = PortFacts(
    path=BY_ID,
    device="/dev/ttyUSB0",
    user="ana",
    owner="root",
    group="dialout",
    mode=0o660,
    may_open=True,
    groups=("ana", "dialout"),
    usb_serial="A50285BI",
    is_usb=True,
    latency_ms=1,
)
LOCKS = LockFacts(folder="/tmp/hil-locks", may_write=True, mode=0o1777)
MODEM, BRAILLE = Process(pid=7, program="ModemManager"), Process(pid=8, program="brltty")


def finding(part: str, **changes: object) -> Finding:
    facts = replace(FINE, **changes)  # type: ignore[arg-type]
    (found,) = [f for f in judge_port(facts) if f.part == part]
    return found


def bad(part: str, **changes: object) -> Bad:
    found = finding(part, **changes)
    assert isinstance(found, Bad)
    return found


def unknown(part: str, **changes: object) -> Unknown:
    found = finding(part, **changes)
    assert isinstance(found, Unknown)
    return found


def test_a_line_that_is_fine_is_good_in_every_part() -> None:
    found = judge_port(FINE)
    assert [f.part for f in found] == ["device", "identity", "permission", "in use", "latency"]
    assert all(isinstance(f, Good) for f in found)


def test_a_device_that_is_absent_is_all_there_is_to_say() -> None:
    (found,) = judge_port(PortFacts(path=BY_ID))
    assert isinstance(found, Bad)
    assert found.says == f"{BY_ID} is not there"
    assert "hil rig discover" in found.hint


def test_an_absent_device_may_have_been_taken_by_brltty() -> None:
    (found,) = judge_port(PortFacts(path=BY_ID, meddlers=(BRAILLE,)))
    assert isinstance(found, Bad)
    assert "sudo apt remove brltty" in found.hint


def test_who_is_not_in_the_group_of_the_port_is_told_how_to_join() -> None:
    found = bad("permission", may_open=False, groups=("ana",))
    assert found.says == (
        "/dev/ttyUSB0 belongs to root:dialout, mode 0660; ana (ana) may not open it"
    )
    assert "sudo usermod -aG dialout ana, then log out and in again" in found.hint


def test_a_port_that_no_group_may_open_needs_a_udev_rule() -> None:
    assert "udev rule" in bad("permission", may_open=False, group="root", mode=0o600).hint


def test_who_is_in_the_group_and_still_may_not_is_not_told_to_join_it() -> None:
    found = bad("permission", may_open=False)
    assert "usermod" not in found.hint
    assert "--device" in found.hint


def test_a_busy_port_is_said_with_who_has_it() -> None:
    found = bad("in use", users=(Process(pid=42, program="minicom"),))
    assert found.says == "/dev/ttyUSB0 is open in minicom (process 42)"
    assert found.hint == "end it there, or: kill 42"


@pytest.mark.parametrize(
    ("user", "says"), [(MODEM, "ID_MM_DEVICE_IGNORE"), (BRAILLE, "apt remove brltty")]
)
def test_a_known_meddler_on_the_port_is_sent_away_for_good(user: Process, says: str) -> None:
    assert says in bad("in use", users=(user,)).hint


def test_a_meddler_that_runs_may_come_unless_it_was_told_to_spare_the_port() -> None:
    assert "ID_MM_DEVICE_IGNORE" in unknown("other programs", meddlers=(MODEM,)).hint
    spared = replace(FINE, meddlers=(MODEM,), spared_by_modem_manager=True)
    assert "other programs" not in [f.part for f in judge_port(spared)]


def test_processes_that_cannot_be_looked_into_leave_a_doubt() -> None:
    assert "3 processes of others" in unknown("in use", hidden=3).says


def test_a_link_that_leads_to_another_device_is_not_the_one_described() -> None:
    found = bad("identity", usb_serial="B7777777")
    assert "whose USB device says serial 'B7777777'" in found.says


def test_a_serial_number_is_compared_as_udev_writes_it() -> None:
    path = "/dev/serial/by-id/usb-Vendor_Thing_12_34_56-if00"
    assert isinstance(finding("identity", path=path, usb_serial="12 34/56"), Good)


def test_a_link_that_two_devices_compete_for_is_no_identity() -> None:
    found = bad("identity", twins=("/dev/ttyUSB1",))
    assert "whichever came last" in found.says
    assert "by-path" in found.hint


def test_a_usb_port_by_its_plain_name_may_be_another_one_tomorrow() -> None:
    assert "by-id" in unknown("identity", path="/dev/ttyUSB0").hint


def test_a_port_that_was_found_by_what_it_is_may_have_any_name() -> None:
    found = finding("identity", path="/dev/ttyUSB0", found_by="USB serial A50285BI")
    assert found == Good(part="identity", says="found by USB serial A50285BI")


@pytest.mark.parametrize(
    ("latency_ms", "settable", "kind"),
    [(1, False, Good), (16, True, Good), (16, False, Unknown)],
)
def test_a_slow_adapter_matters_where_it_cannot_be_set(
    latency_ms: int, settable: object, kind: type[Finding]
) -> None:
    found = finding("latency", latency_ms=latency_ms, latency_settable=settable)
    assert isinstance(found, kind)


def test_an_adapter_without_a_latency_timer_is_not_judged_by_it() -> None:
    assert "latency" not in [f.part for f in judge_port(replace(FINE, latency_ms=None))]


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({}, Good, "for all users"),
        ({"may_write": False}, Bad, "no rig can be leased"),
        ({"container": "docker"}, Unknown, "the host and other containers do not see"),
        ({"container": "docker", "is_mount": True}, Good, "a mount of this container"),
        ({"is_network_line": True}, Unknown, "other hosts are not kept off"),
        ({"mode": 0o755}, Unknown, "other users cannot lease there"),
    ],
)
def test_it_is_said_how_far_a_lease_reaches(
    changes: dict[str, object], kind: type[Finding], says: str
) -> None:
    found = judge_locks(replace(LOCKS, **changes))  # type: ignore[arg-type]
    assert isinstance(found, kind)
    assert says in found.says


def test_a_board_is_known_by_the_last_line_that_it_said() -> None:
    said = b"U-Boot 2023.01\r\n\x1b[2J\x00=> \r\n\r\n"
    assert judge_board("bench-1", said) == Good(part="board", says="=>")
    assert judge_board("bench-1", b"x" * 200) == Good(part="board", says="x" * 80)


def test_a_board_that_said_nothing_readable_leaves_a_doubt() -> None:
    nothing, noise = judge_board("bench-1", b""), judge_board("bench-1", b"\xff\x80\x00\r\n")
    assert isinstance(nothing, Unknown)
    assert isinstance(noise, Unknown)
    assert "it said nothing" in nothing.says
    assert "baud" in noise.hint
