"""Which addresses a crash names: where it died first, then where its calls return to."""

import pytest

from hil.detectors import packaged_detectors
from hil.triage.backtrace import CodeAddress, Role, find_addresses
from tests.support import dying


def found(said: str, backtrace: str) -> list[tuple[str, int]]:
    addresses = find_addresses(said.encode(), backtrace)
    return [("fault" if a.role is Role.FAULT else "call", a.address) for a in addresses]


@pytest.mark.parametrize(
    ("table", "said", "expected"),
    [
        ("zephyr", dying.ZEPHYR_FAULT, [("fault", 0x112DA), ("call", 0x112D7)]),
        (
            "zephyr",
            dying.ZEPHYR_RISCV,
            [("fault", 0x80000F52), ("call", 0x80000F3A), ("call", 0x80000C10)],
        ),
        (
            "esp-idf",
            dying.ESP_PANIC,
            [("fault", 0x400D5F17), ("call", 0x400D1A00), ("call", 0x40085F99)],
        ),
        (
            "esp-idf",
            dying.ESP_RISCV,
            [("fault", 0x42007C9F), ("fault", 0x4038066A), ("call", 0x42007CA0)],
        ),
        ("mbed", dying.MBED_FAULT, [("fault", 0x5276), ("call", 0x5CA9), ("call", 0x94BA1)]),
        ("mbed", dying.MBED_ASSERT, [("call", 0x8003B1D)]),
        (
            "nuttx",
            dying.NUTTX_FAULT,
            [
                ("fault", 0x801C720),
                ("call", 0x801C720),
                ("call", 0x801C71C),
                ("call", 0x80089F8),
                ("call", 0x8004D4E),
            ],
        ),
        (
            "nuttx",
            dying.NUTTX_RISCV,
            [("fault", 0x4200BDD8), ("call", 0x42020026), ("call", 0x42007CBC)],
        ),
        ("linux", dying.LINUX_OOPS, [("fault", 0xFFFFFFFF80004922), ("call", 0xFFFFFFFF8000496A)]),
        (
            "linux",
            dying.LINUX_ARM,
            [
                ("fault", 0xC010F1A4),
                ("call", 0xC010F1A0),
                ("call", 0xC010F1A4),
                ("call", 0xC0110000),
            ],
        ),
        (
            "u-boot",
            dying.UBOOT_RISCV,
            [
                ("fault", 0xFFF5B888),
                ("fault", 0x80201888),
                ("call", 0xFFF61374),
                ("call", 0x80207374),
            ],
        ),
        (
            "u-boot",
            dying.UBOOT_ARM,
            [("fault", 0x178120E4), ("call", 0x9FF6A0D9), ("call", 0x178120D9)],
        ),
        (
            "u-boot",
            dying.UBOOT_ARM64,
            [
                ("fault", 0x81234),
                ("fault", 0xBFF51234),
                ("call", 0x81230),
                ("call", 0xBFF51230),
            ],
        ),
    ],
)
def test_the_addresses_of_a_crash_are_found(
    table: str, said: str, expected: list[tuple[str, int]]
) -> None:
    assert found(said, packaged_detectors()[table].backtrace) == expected


def test_a_system_without_a_pattern_has_no_backtrace() -> None:
    assert find_addresses(b"pc 0x00001234", "") == ()


def test_an_address_that_is_printed_twice_counts_once() -> None:
    once = CodeAddress(address=0x1234, role=Role.FAULT)
    assert find_addresses(b"pc 0x1234 pc 0x1234 pc 0x12", r"pc (?P<pc>\w+)") == (once,)


def test_an_endless_backtrace_is_cut() -> None:
    said = b"".join(b"pc 0x%08x " % number for number in range(100_000))
    assert len(find_addresses(said, r"pc (?P<pc>\w+)")) == 64
