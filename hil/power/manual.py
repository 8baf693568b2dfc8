"""Manual power: a person is the switch, and says at the terminal when it is done.

Only for a board on somebody's desk. A campaign's workers have no terminal, so they are told to
leave such a rig alone; they never wait for a person who is not there.
"""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hil.errors import RigFault, UsageFault
from hil.interfaces import PowerContext

_TERMINAL = "/dev/tty"
_TIMEOUT_S = 300.0
_BITE = 4096


class ManualPower:
    """Option: ``timeout_s``, how long a person may take for one thing, 300 s if not given."""

    def __init__(self, context: PowerContext) -> None:
        self._rig = context.rig.name
        self._clock = context.clock
        self._off_s = context.rig.power.off_s
        timeout_s = context.rig.power.options.get("timeout_s", _TIMEOUT_S)
        if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or timeout_s <= 0:
            raise UsageFault(
                f"{self._rig}: power: timeout_s: {timeout_s!r} is no number of seconds",
                hint="for example {driver: manual, timeout_s: 600}",
            )
        self._timeout_s = float(timeout_s)

    def on(self) -> None:
        """Have the supply switched on."""
        self._ask("switch it on")

    def off(self) -> None:
        """Have the supply switched off; the board then stays dark for ``off_s``."""
        self._ask("switch it off")
        self._clock.pause(self._off_s)

    def reset(self) -> None:
        """Have the reset button pressed."""
        self._ask("press its reset button, or switch it off and on again")

    def _ask(self, what: str) -> None:
        """Ask for ``what`` and return once Enter was pressed.

        Raises:
            RigFault: POWER, there is no terminal, or nobody answered in time.
        """
        with self._terminal() as terminal:
            _say(terminal, f"{self._rig}: {what}, then press Enter: ")
            deadline = self._clock.monotonic() + self._timeout_s
            answer = b""
            while b"\n" not in answer:
                left_s = max(0.0, deadline - self._clock.monotonic())
                if not select.select([terminal], [], [], left_s)[0]:
                    _say(terminal, "\n")
                    raise self._fault(f"nobody did it in {self._timeout_s:g} s: {what}")
                bite = os.read(terminal, _BITE)
                if not bite:
                    raise self._fault("the terminal was closed")
                answer = bite

    @contextmanager
    def _terminal(self) -> Iterator[int]:
        try:
            terminal = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
        except OSError as error:
            raise self._fault("this process has no terminal to ask at") from error
        try:
            # A process in the background would be stopped by the kernel as soon as it asked.
            if os.tcgetpgrp(terminal) != os.getpgrp():
                raise self._fault("this process is not the one that has the terminal")
            with _line_by_line(terminal):
                yield terminal
        finally:
            os.close(terminal)

    def _fault(self, happened: str) -> RigFault:
        return RigFault(
            f"{self._rig}: its supply is switched by a person; {happened}",
            hint="at a terminal: `hil console`, `hil flash`, `hil power`, `hil reset`; a campaign "
            "needs another power driver for this rig, or `enabled: false`",
            code="POWER",
        )


@contextmanager
def _line_by_line(terminal: int) -> Iterator[None]:
    """Have lines and Ctrl-C, though the console may have set raw keys; old keys do not count."""
    import termios  # noqa: PLC0415 (absent on Windows)

    before = termios.tcgetattr(terminal)
    lines: list[Any] = list(before)
    lines[0] |= termios.ICRNL
    lines[1] |= termios.OPOST | termios.ONLCR
    lines[3] |= termios.ICANON | termios.ECHO | termios.ISIG
    termios.tcsetattr(terminal, termios.TCSAFLUSH, lines)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _say(terminal: int, text: str) -> None:
    os.write(terminal, text.encode())
