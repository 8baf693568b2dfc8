"""The smoke suite: what a board's YAML says under ``smoke``, asked of every board and revision.

A lab engineer writes no Python for it. A case that the board's YAML does not describe is not
asked; identity and power cycle are asked of every board.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from hil.errors import ProductFault
from hil.pytest_plugin.slot import Slot
from hil.session import Session

pytestmark = pytest.mark.hil(each="revision")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.mark.hil(asks="version")
def test_identity(hil_dut: Session) -> None:
    """The board says that it runs the version and build of its image."""
    facts = hil_dut.image.facts if hil_dut.image else None
    said = hil_dut.command(hil_dut.board.smoke["version"])
    for key, wanted in (
        ("version", facts and facts.version),
        ("build_id", facts and facts.build_id),
    ):
        if wanted and said.get(key, wanted) != wanted:
            raise ProductFault(
                f"the board says {key} {said[key]}, the image is {wanted}",
                hint="the board runs something else than what it was given",
                code="WRONG_IDENTITY",
            )


@pytest.mark.hil(asks="*")
def test_question(
    hil_dut: Session, hil_slot: Slot, hil_measure: Callable[[str, float], None]
) -> None:
    """The board answers what its YAML wants to hear; groups that are numbers are measured."""
    for name, value in hil_dut.command(hil_dut.board.smoke[hil_slot.question]).items():
        if _NUMBER.fullmatch(value):
            hil_measure(name, float(value))


@pytest.mark.hil(asks="echo")
def test_echo(hil_dut: Session, hil_nonce: str) -> None:
    """The board answers with a word that nobody has said before, so no answer is an old one."""
    question = hil_dut.board.smoke["echo"]
    hil_dut.command(
        replace(
            question,
            send=question.send.replace("{nonce}", hil_nonce),
            expect=question.expect.replace("{nonce}", hil_nonce),
        )
    )


@pytest.mark.hil(asks="reboot")
def test_reboot(hil_dut: Session) -> None:
    """The board starts anew when told to, and comes back with the same build."""
    question = hil_dut.board.smoke["reboot"]
    since = hil_dut.mark()
    hil_dut.line.transcript.watch.expect_reset()
    if question.expect:
        hil_dut.ask(question)
    else:
        hil_dut.send(question.send)
    hil_dut.boot(since=since)


def test_power_cycle(hil_dut: Session) -> None:
    """The board comes back with the same build after its supply was cut."""
    hil_dut.boot(since=hil_dut.power_cycle())
