"""The smoke suite: what a board's YAML says under ``smoke``, asked of every board and revision.

A lab engineer writes no Python for it. A case that the board's YAML does not describe is not
asked; identity and power cycle are asked of every board.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hil.errors import ProductFault
from hil.inventory.board import Exchange
from hil.session import Session

pytestmark = pytest.mark.hil(each="revision")


def test_identity(hil_dut: Session) -> None:
    """The board says that it runs the version and build of its image."""
    question = _question(hil_dut, "version")
    facts = hil_dut.image.facts if hil_dut.image else None
    said = hil_dut.command(question)
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


def test_selftest(hil_dut: Session) -> None:
    """The board finds nothing wrong with itself."""
    hil_dut.command(_question(hil_dut, "selftest"))


def test_boot_time(hil_dut: Session, hil_measure: Callable[[str, float], None]) -> None:
    """The board tells by its own counter how long it took to start."""
    said = hil_dut.command(_question(hil_dut, "boot_time"))
    for name, value in said.items():
        hil_measure(name, float(value))


def test_echo(hil_dut: Session, hil_nonce: str) -> None:
    """The board answers with a word that nobody has said before, so no answer is an old one."""
    question = _question(hil_dut, "echo")
    hil_dut.command(
        replace(
            question,
            send=question.send.replace("{nonce}", hil_nonce),
            expect=question.expect.replace("{nonce}", hil_nonce),
        )
    )


def test_reboot(hil_dut: Session) -> None:
    """The board starts anew when told to, and comes back with the same build."""
    question = _question(hil_dut, "reboot")
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


def _question(dut: Session, case: str) -> Exchange:
    if case not in dut.board.smoke:
        pytest.skip(f"board {dut.board.name} says nothing under smoke.{case}")
    return dut.board.smoke[case]
