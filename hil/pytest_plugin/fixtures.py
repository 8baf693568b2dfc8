"""The fixtures that tests use; all start with ``hil_``, other plugins own the short names."""

from collections.abc import Callable

import pytest

from hil.inventory.board import Exchange
from hil.inventory.rig import Rig
from hil.pytest_plugin.boards import BENCH, case_words, current_try
from hil.pytest_plugin.slot import Slot
from hil.session import Session


@pytest.fixture
def hil_slot(request: pytest.FixtureRequest) -> Slot:
    """Return where this case runs; made by the plugin."""
    slot: Slot = request.param
    return slot


@pytest.fixture
def hil_rig(request: pytest.FixtureRequest, hil_slot: Slot) -> Rig:
    """Return the rig this case runs on, as the inventory describes it."""
    del hil_slot  # it makes the case; which rig takes it, the bench knows
    return current_try(request.node).rig


@pytest.fixture
def hil_dut(request: pytest.FixtureRequest, hil_rig: Rig) -> Session:
    """Return the board under test: image loaded and proven, application at its prompt."""
    bench = request.config.stash[BENCH]
    session = bench.session(hil_rig, case_words(request.node))
    session.enter(f"test:{case_words(request.node)}")
    return session


@pytest.fixture
def hil_console(hil_dut: Session) -> "ConsoleOf":
    """Return the board's console."""
    return ConsoleOf(hil_dut)


@pytest.fixture
def hil_nonce(request: pytest.FixtureRequest) -> str:
    """Return a word that no earlier attempt has seen."""
    return current_try(request.node).nonce


@pytest.fixture
def hil_measure(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Return a function that records a figure: its name (with the unit at its end) and value."""

    def record(name: str, value: float) -> None:
        current_try(request.node).measurements[name] = value

    return record


class ConsoleOf:
    """A board's console as a test uses it."""

    def __init__(self, dut: Session) -> None:
        self._dut = dut

    def ask(self, command: str, *, timeout_s: float = 5.0) -> str:
        """Send a line and return what the board answers before its next prompt.

        Raises:
            ProductFault: no prompt within ``timeout_s``, a panic, or a reset.
        """
        wanted = Exchange(send=command + "\n", expect="(?s)(?P<answer>.*)", timeout_s=timeout_s)
        return self._dut.command(wanted)["answer"].strip()

    def expect(self, pattern: str, *, timeout_s: float = 5.0) -> dict[str, str]:
        """Wait for a pattern (RE2) in what the board says from now on; return its groups.

        Raises:
            ProductFault: it does not come in time, or the board dies instead.
        """
        return self._dut.ask(Exchange(send="", expect=pattern, timeout_s=timeout_s))
