"""Tool spec: how a board is flashed by a command-line tool, from the keys of its YAML.

What the tool prints tells which phase it is in and why it failed; what it calls success is not
believed, the board's ``proof`` decides.
"""

import enum
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hil.inventory.pattern import Pattern, PatternRefused

_Choice = TypeVar("_Choice", bound=enum.StrEnum)
PHASES = ("connect", "erase", "transfer", "verify")
CODES = ("FLASH_CONNECT", "FLASH_TRANSFER", "FLASH_REFUSED", "FLASH_VERIFY", "FLASH_TOOL")


class Before(enum.StrEnum):
    """What the harness does to the board just before the tool starts."""

    NOTHING = "nothing"
    RESET = "reset"
    POWER_CYCLE = "power_cycle"


class LineUse(enum.StrEnum):
    """Whether the tool gets the board's serial line for as long as it runs."""

    KEPT = "kept"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool, how it is started and what its words mean.

    ``phases`` are patterns that announce a phase, with the group ``percent`` where they show
    progress; ``errors`` are patterns by the code that they mean, ``exits`` codes by exit status.
    ``install`` says how to get the tool.
    """

    command: tuple[str, ...]
    before: Before = Before.NOTHING
    line: LineUse = LineUse.KEPT
    phases: tuple[tuple[str, Pattern], ...] = ()
    errors: tuple[tuple[str, Pattern], ...] = ()
    exits: Mapping[int, str] = field(default_factory=dict)
    install: str = ""


class ToolRefused(ValueError):
    """A key of a tool flasher cannot be used; ``path`` is where it stands below the flasher."""

    def __init__(self, path: tuple[str | int, ...], says: str) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {says}")
        self.path = path
        self.says = says


def parse_tool(options: Mapping[str, Any]) -> ToolSpec:
    """Return the tool of a flasher, whose ``recipe`` has been filled in before.

    Raises:
        ToolRefused: a key is missing or cannot be used.
    """
    command = _command(options.get("command"))
    uses_port = any("{port}" in word for word in command)
    return ToolSpec(
        command=command,
        before=_choice(Before, "before", options.get("before", Before.NOTHING)),
        line=_choice(
            LineUse,
            "line",
            options.get("line", LineUse.HANDED_OVER if uses_port else LineUse.KEPT),
        ),
        phases=tuple(_phases(options.get("phases", {}))),
        errors=tuple(_errors(options.get("errors", {}))),
        exits=dict(_exits(options.get("exits", {}))),
        install=str(options.get("install", "")),
    )


def _command(command: object) -> tuple[str, ...]:
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        raise ToolRefused(("command",), f"{error}: {command}") from error
    if isinstance(words, Sequence) and words and all(isinstance(word, str) for word in words):
        return tuple(words)
    raise ToolRefused(("command",), "is the tool's command line, a text or a list of words")


def _choice(kind: type[_Choice], key: str, said: object) -> _Choice:
    try:
        return kind(str(said))
    except ValueError:
        raise ToolRefused((key,), f"{said!r} is none of {', '.join(kind)}") from None


def _phases(phases: Mapping[str, Any]) -> Iterator[tuple[str, Pattern]]:
    for phase, text in phases.items():
        if phase not in PHASES:
            raise ToolRefused(("phases", phase), f"no such phase; known: {', '.join(PHASES)}")
        yield phase, _pattern(("phases", phase), text)


def _errors(errors: Mapping[str, Any]) -> Iterator[tuple[str, Pattern]]:
    for code, texts in errors.items():
        _refuse_unknown(("errors", code), code)
        for index, text in enumerate([texts] if isinstance(texts, str) else texts):
            yield code, _pattern(("errors", code, index), text)


def _exits(exits: Mapping[Any, Any]) -> Iterator[tuple[int, str]]:
    for status, code in exits.items():
        _refuse_unknown(("exits", str(status)), code)
        if not str(status).isdecimal():
            raise ToolRefused(("exits", str(status)), "an exit status is a number from 0 to 255")
        yield int(status), code


def _refuse_unknown(path: tuple[str | int, ...], code: object) -> None:
    if code not in CODES:
        raise ToolRefused(path, f"no code {code!r}; known: {', '.join(CODES)}")


def _pattern(path: tuple[str | int, ...], text: object) -> Pattern:
    try:
        return Pattern(str(text))
    except PatternRefused as refusal:
        raise ToolRefused(path, str(refusal)) from refusal
