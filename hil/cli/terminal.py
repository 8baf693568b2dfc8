"""Terminal: a person's keyboard and screen on a board's line."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from hil.cli.keyboard import Keyboard, raw_keyboard
from hil.cli.keys import (
    HELP,
    Action,
    AskPath,
    End,
    GiveUpFile,
    Help,
    Keys,
    Order,
    PowerCycle,
    Reset,
    SendFile,
    ToggleTimestamps,
    Typed,
    Unknown,
)
from hil.cli.screen import Screen
from hil.cli.send_file import GaveUp, send_file
from hil.cli.stamps import Stamper
from hil.errors import HilFault
from hil.links.watch import Alarm
from hil.session import Session

Explain = Callable[[Alarm], Sequence[str]]
"""Returns what can be said of an alarm beyond what the board said itself."""

_QUIET_S = 0.5
_LAST_WORDS_S = 10.0
_TYPED_S = 5.0
_STOP = b"\x03"


def converse(session: Session, *, stamper: Stamper, explain: Explain) -> None:
    """Pass bytes between the terminal and the board until Ctrl-] or the end of the input.

    Raises:
        RigFault: LINK_CLOSED, the line is gone for good.
    """
    with closing(Keyboard()) as keyboard, raw_keyboard(keyboard):
        screen = Screen(
            session.line.transcript,
            stamper=stamper,
            clock=session.clock,
            wake=keyboard.wake,
            new_line="\r\n" if keyboard.is_terminal else "\n",
        )
        try:
            _Conversation(session, screen, keyboard, explain).go_on()
        finally:
            screen.finish()
    if session.line.transcript.closed is not None:
        raise session.line.lost()


class _Conversation:
    def __init__(
        self, session: Session, screen: Screen, keyboard: Keyboard, explain: Explain
    ) -> None:
        self._session = session
        self._screen = screen
        self._keyboard = keyboard
        self._explain = explain
        self._keys = Keys()
        self._typed_at = session.mark()
        self._is_over = False

    def go_on(self) -> None:
        while self._screen.is_on and not self._is_over:
            typed = self._keyboard.wait()
            if typed is None:
                self._hear_last_words()
                self._is_over = True
            else:
                for action in self._actions(typed):
                    self._act(action)
            self._explain_alarms()

    def _actions(self, typed: bytes) -> Sequence[Action]:
        if self._keyboard.is_terminal:
            return self._keys.press(typed)
        return [Typed(typed)] if typed else []

    def _hear_last_words(self) -> None:
        transcript = self._session.line.transcript
        transcript.settled(transcript.mark(), quiet_s=_QUIET_S, within_s=_LAST_WORDS_S)

    def _explain_alarms(self) -> None:
        while self._screen.alarms:
            for line in self._explain(self._screen.alarms.popleft()):
                self._screen.say(f"-- {line}")

    # -- orders --------------------------------------------------------------------------------

    def _act(self, action: Action) -> None:
        match action:
            case Typed(data):
                with self._trying("not sent"):
                    self._typed_at = self._session.mark()
                    until = self._session.clock.monotonic() + _TYPED_S
                    self._session.line.write(data, until)
            case End():
                self._is_over = True
            case AskPath(by, so_far):
                self._screen.ask(f"file to send ({by}; Ctrl-C: none): ".encode() + so_far)
            case SendFile() | GiveUpFile():
                self._screen.ask(b"")
                if isinstance(action, SendFile):
                    self._send(action)
            case order:
                self._obey(order)

    def _obey(self, order: Order) -> None:
        match order:
            case Reset():
                self._screen.say("-- reset")
                with self._trying("no reset"):
                    self._session.reset()
            case PowerCycle():
                self._screen.say(f"-- power off for {self._session.rig.power.off_s:g} s")
                with self._trying("no power cycle"):
                    self._session.power_cycle()
                    self._screen.say("-- power on")
            case ToggleTimestamps():
                on = self._screen.toggle_stamps()
                self._screen.say(f"-- timestamps {'on (UTC)' if on else 'off'}")
            case Help():
                self._screen.say(HELP)
            case Unknown(key):
                self._screen.say(
                    f"-- Ctrl-T {key.decode('latin-1')!r} is no order; Ctrl-T ? shows the keys"
                )

    def _send(self, order: SendFile) -> None:
        path = Path(os.fsdecode(order.path).strip()).expanduser()
        with self._trying("not sent"):
            try:
                send_file(
                    self._session,
                    path,
                    order.by,
                    since=self._typed_at,
                    say=lambda text: self._screen.say(f"-- {text}"),
                    is_given_up=lambda: self._keyboard.has_typed(_STOP),
                )
            except GaveUp:
                self._screen.say("-- stopped")
            except OSError as error:
                self._screen.say(f"-- {path}: {error.strerror}")

    @contextmanager
    def _trying(self, failed: str) -> Iterator[None]:
        """Say what went wrong and go on: a person is there to see to it."""
        try:
            yield
        except HilFault as fault:
            self._screen.say(f"-- {failed}: {fault.message}\n   {fault.hint}")
