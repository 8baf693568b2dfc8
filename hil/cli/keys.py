"""Keys: what a person types at a board's console, and what of it is meant for us.

All is for the board but two keys: Ctrl-] ends, and Ctrl-T makes an order of the key that follows.
Either reaches the board when it is typed after Ctrl-T. Shells and editors on boards use neither,
so that nothing else has to be escaped.
"""

import enum
from dataclasses import dataclass

_END, _ESCAPE = 0x1D, 0x14
_GIVE_UP, _CLEAR_LINE = 0x03, 0x15  # Ctrl-C, Ctrl-U
_ENTER, _BACKSPACE = frozenset(b"\r\n"), frozenset(b"\x08\x7f")
_FIRST_PRINTABLE = 0x20

HELP = """\
Ctrl-] ends. Ctrl-T and then
  r   reset the board                   f   send a file as it is
  p   cycle its supply                  x   send a file by XMODEM
  t   timestamps on or off              y   send a file by YMODEM
  Ctrl-T, Ctrl-]   send that key        h ? this help"""


class By(enum.StrEnum):
    """How a file is sent."""

    AS_IT_IS = "as it is"
    XMODEM = "xmodem"
    YMODEM = "ymodem"


@dataclass(frozen=True, slots=True)
class Typed:
    """For the board."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """Start the board anew."""


@dataclass(frozen=True, slots=True)
class PowerCycle:
    """Cut the supply and give it back."""


@dataclass(frozen=True, slots=True)
class ToggleTimestamps:
    """Say the time before each line, or no longer."""


@dataclass(frozen=True, slots=True)
class AskPath:
    """A file is to be sent; ``so_far`` is what is typed of its path."""

    by: By
    so_far: bytes


@dataclass(frozen=True, slots=True)
class SendFile:
    """Send the file at ``path``."""

    by: By
    path: bytes


@dataclass(frozen=True, slots=True)
class GiveUpFile:
    """No file is sent after all."""


@dataclass(frozen=True, slots=True)
class Help:
    """Show the keys."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No order has this key."""

    key: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Leave; what is typed behind it is for nobody."""


Order = Reset | PowerCycle | ToggleTimestamps | Help | Unknown
Action = Typed | End | AskPath | SendFile | GiveUpFile | Order

_ORDERS: dict[int, Action] = {
    ord("r"): Reset(),
    ord("p"): PowerCycle(),
    ord("t"): ToggleTimestamps(),
    ord("f"): AskPath(By.AS_IT_IS, b""),
    ord("x"): AskPath(By.XMODEM, b""),
    ord("y"): AskPath(By.YMODEM, b""),
    ord("h"): Help(),
    ord("?"): Help(),
    _ESCAPE: Typed(bytes((_ESCAPE,))),
    _END: Typed(bytes((_END,))),
}


class _State(enum.Enum):
    TYPING = enum.auto()
    ESCAPED = enum.auto()
    NAMING = enum.auto()
    ENDED = enum.auto()


class Keys:
    """Feed it what was typed, in pieces of any size; it returns what to do, in order."""

    def __init__(self) -> None:
        self._state = _State.TYPING
        self._by = By.AS_IT_IS
        self._path = bytearray()

    def press(self, typed: bytes) -> list[Action]:
        """Return what the next keys mean; neighbours that are for the board are one action."""
        actions: list[Action] = []
        for key in typed:
            action = self._press_one(key)
            match actions, action:
                case _, None:
                    pass
                case [*_, Typed(before)], Typed(data):
                    actions[-1] = Typed(before + data)
                case _, _:
                    actions.append(action)
        return actions

    def _press_one(self, key: int) -> Action | None:
        match self._state:
            case _State.TYPING:
                return self._type(key)
            case _State.ESCAPED:
                return self._order(key)
            case _State.NAMING:
                return self._name(key)
            case _State.ENDED:
                return None

    def _type(self, key: int) -> Action | None:
        if key == _END:
            return self._end()
        if key == _ESCAPE:
            self._state = _State.ESCAPED
            return None
        return Typed(bytes((key,)))

    def _order(self, key: int) -> Action:
        self._state = _State.TYPING
        order = _ORDERS.get(key, Unknown(bytes((key,))))
        if isinstance(order, AskPath):
            self._state, self._by = _State.NAMING, order.by
            self._path.clear()
        return order

    def _name(self, key: int) -> Action | None:
        if key == _END:
            return self._end()
        if key == _GIVE_UP or (key in _ENTER and not self._path):
            self._state = _State.TYPING
            return GiveUpFile()
        if key in _ENTER:
            self._state = _State.TYPING
            return SendFile(self._by, bytes(self._path))
        self._edit(key)
        return AskPath(self._by, bytes(self._path))

    def _edit(self, key: int) -> None:
        if key in _BACKSPACE:
            # A character of UTF-8 goes as a whole: its bytes but the first begin with 10.
            while self._path and self._path.pop() & 0xC0 == 0x80:
                pass
        elif key == _CLEAR_LINE:
            self._path.clear()
        elif key >= _FIRST_PRINTABLE:
            self._path.append(key)

    def _end(self) -> Action:
        self._state = _State.ENDED
        return End()
