"""The steps of a scripted flasher, from YAML."""

from typing import Any

import pytest

from hil.inventory.steps import (
    Hear,
    Interrupt,
    PowerCycle,
    Reset,
    Say,
    StepRefused,
    Transfer,
    parse_steps,
    step_texts,
)

STEPS: list[Any] = [
    "power_cycle",
    "reset",
    {"interrupt": {"expect": "autoboot", "send": " ", "prompt": "=> ", "timeout_s": 8}},
    {"send": "loady\n", "expect": "Ready", "fails": "Unknown command"},
    {"transfer": "ymodem"},
    {"expect": "Total Size"},
    {"send": "erase {at_hex}\n", "expect": "done", "fails": ["protected"], "phase": "erase"},
    {"send": "boot\n", "phase": "verify"},
]


def test_steps_are_read_in_order_each_with_its_phase() -> None:
    assert parse_steps(STEPS) == (
        PowerCycle(phase="connect"),
        Reset(phase="connect"),
        Interrupt(expect="autoboot", send=" ", prompt="=> ", timeout_s=8.0, phase="connect"),
        Hear(
            send="loady\n",
            expect="Ready",
            fails=("Unknown command",),
            timeout_s=5.0,
            phase="connect",
        ),
        Transfer(protocol="ymodem", phase="transfer"),
        Hear(send="", expect="Total Size", fails=(), timeout_s=5.0, phase="transfer"),
        Hear(
            send="erase {at_hex}\n",
            expect="done",
            fails=("protected",),
            timeout_s=5.0,
            phase="erase",
        ),
        Say(send="boot\n", phase="verify"),
    )


def test_all_texts_that_may_hold_places_are_known() -> None:
    assert list(step_texts(parse_steps(STEPS))) == [
        *("autoboot", " ", "=> "),
        *("loady\n", "Ready", "Unknown command"),
        *("", "Total Size"),
        *("erase {at_hex}\n", "done", "protected"),
        "boot\n",
    ]


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("explode", "step 2: 'explode': a step is reset, power_cycle,"),
        (7, "step 2: 7: a step is"),
        ({"wait": 3}, "a step is"),
        ({"transfer": "zmodem"}, "no protocol 'zmodem'; known: xmodem, xmodem1k, ymodem,"),
        ({"transfer": "ymodem", "send": "x"}, "no key 'transfer' here; known: expect, fails,"),
        ({"interrupt": {"expect": "a", "send": "b"}}, "'prompt' has to be a text, not None"),
        ({"interrupt": {"expect": "a", "to": 1}}, "no key 'to' here"),
        ({"interrupt": "a"}, "a step is"),
        ({"expct": "a"}, "no key 'expct' here; did you mean 'expect'\\?"),
        ({"send": "x", "expct": "a"}, "no key 'expct' here; did you mean 'expect'\\?"),
        ({"wait": 3, "for": 4}, "{wait, for: ...}: a step is reset, power_cycle,"),
        ({"send": ""}, "'send' has to be a text, not ''"),
        ({"send": "x", "timeout_s": 4}, "no key 'timeout_s' here; known: phase, send"),
        ({"expect": "("}, "missing \\)"),
        ({"expect": "a", "fails": ["("]}, "missing \\)"),
        ({"expect": "a", "fails": [3]}, "'fails' has to be a text, not 3"),
        ({"expect": "a", "timeout_s": 0}, "'timeout_s' has to be a number of seconds, not 0"),
        ({"expect": "a", "timeout_s": True}, "has to be a number of seconds, not True"),
        ({"expect": "a", "phase": "boot"}, "no phase 'boot'; known: connect, erase, transfer,"),
    ],
)
def test_a_step_that_is_wrong_is_named_with_what_it_may_be(step: object, says: str) -> None:
    with pytest.raises(StepRefused, match=says) as raised:
        parse_steps(["reset", step, {"transfer": "ymodem"}])
    assert raised.value.index == 1


def test_steps_that_never_send_the_image_are_refused() -> None:
    with pytest.raises(StepRefused, match="none of the steps is a `transfer`"):
        parse_steps(["reset"])
    with pytest.raises(StepRefused, match="none of the steps is a `transfer`"):
        parse_steps([])


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"expct": "a"}, (1, "expct")),
        ({"interrupt": {"expect": "a", "promt": "b"}}, (1, "interrupt", "promt")),
        ({"expect": "("}, (1,)),
    ],
)
def test_the_key_that_is_wrong_in_a_step_is_known_by_its_place(
    step: object, path: tuple[str | int, ...]
) -> None:
    with pytest.raises(StepRefused) as raised:
        parse_steps(["reset", step, {"transfer": "ymodem"}])
    assert raised.value.path == path
