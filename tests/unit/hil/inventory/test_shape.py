"""What is wrong with the shape of an inventory is said of the key that is wrong, and once."""

import pytest

from hil.errors import UsageFault
from hil.inventory.document import read_document
from hil.inventory.parse import parse_inventory

LAB = r"""version: 1
boards:
  nano:
    console: {prompt: "> ", banner: app}
    flasher:
      driver: scripted
      window: boot
      enter: x
      prompt: "boot> "
      steps:
        - {send: load, expect: ready}
        - {transfer: ymodem}
      proof:
        {send: crc, expect: '(?P<crc32>.*)'}
    smoke:
      echo: {send: hello, expect: hello}
rigs:
  one:
    board: nano
    revision: a
    serial: {usb: {serial: A50285BI}}
    power: {driver: manual}
    reset: {by: command, run: press}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(UsageFault) as refused:
        parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")
    return [line.strip() for line in refused.value.message.splitlines()[1:]]


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("    console:", "    consoel:", "4: boards.nano.consoel: no key 'consoel' here; did you"),
        ("window: boot", "widow: boot", "7: boards.nano.flasher.widow: no key 'widow' here; did"),
        ('prompt: "boot', 'promt: "boot', "9: boards.nano.flasher.promt: no key 'promt' here; did"),
        ("{send: crc,", "{sned: crc,", "14: boards.nano.flasher.proof.sned: no key 'sned' here; d"),
        (
            "{send: hello",
            "{sedn: hello",
            "16: boards.nano.smoke.echo.sedn: no key 'sedn' here; did",
        ),
        ("{serial: A", "{serail: A", "21: rigs.one.serial.usb.serail: no key 'serail' here; did"),
        (
            "run: press",
            "rnu: press",
            "23: rigs.one.reset.rnu: no key 'rnu' here; did you mean 'run'?",
        ),
        ("expect: ready", "expct: ready", "11: boards.nano.flasher.steps.0.expct: no key 'expct'"),
    ],
)
def test_a_misspelt_key_is_one_mistake_on_its_own_line(right: str, wrong: str, says: str) -> None:
    assert right in LAB
    [mistake] = mistakes(LAB.replace(right, wrong))
    assert mistake.startswith(f"lab.yaml:{says}")
    assert "did you mean" in mistake


def test_a_key_like_no_other_is_answered_with_those_that_there_are() -> None:
    [mistake] = mistakes(LAB.replace("run: press", "run: press, zzz: 1"))
    assert (
        mistake == "lab.yaml:23: rigs.one.reset.zzz: no key 'zzz' here; known: by, run, send, steps"
    )


def test_what_is_missing_beside_a_misspelt_key_is_named_too() -> None:
    wrong = LAB.replace("window: boot", "widow: boot").replace('prompt: "boot> "\n', "\n")
    assert mistakes(wrong) == [
        "lab.yaml:5: boards.nano.flasher: 'prompt' is a dependency of 'enter'",
        "lab.yaml:7: boards.nano.flasher.widow: no key 'widow' here; did you mean 'window'?",
    ]


@pytest.mark.parametrize("proof", ["{timeout_s: 3}", "{read_back: x, after: reset, expect: y}"])
def test_a_proof_of_no_kind_is_answered_with_what_each_kind_has(proof: str) -> None:
    [mistake] = mistakes(LAB.replace("{send: crc, expect: '(?P<crc32>.*)'}", proof))
    assert mistake.endswith(
        "flasher.proof: has to have send and expect, or after and expect, or read_back"
    )


@pytest.mark.parametrize(
    "serial",
    [
        "socket://127.0.0.1",
        "rfc2217://bench",
        "socket://127.0.0.1:",
        "rfc2217://bench:70000?logging",
    ],
)
def test_a_line_over_the_network_needs_its_tcp_port(serial: str) -> None:
    [mistake] = mistakes(LAB.replace("{usb: {serial: A50285BI}}", f'"{serial}"'))
    assert mistake == (
        f"lab.yaml:21: rigs.one.serial: {serial} has no TCP port; "
        "for example socket://127.0.0.1:4000"
    )


@pytest.mark.parametrize(
    "serial", ["socket://127.0.0.1:{port}", "rfc2217://[::1]:4000?ign_set_control", "loop://"]
)
def test_a_line_over_the_network_may_have_any_port(serial: str) -> None:
    text = LAB.replace("{usb: {serial: A50285BI}}", f'"{serial}"')
    parse_inventory([read_document(text, name="lab.yaml")], source="lab.yaml")
