"""Pattern: a regular expression over what a board says, matched in linear time.

Patterns come from users' YAML and run on whatever a broken board prints, so a pattern must not be
able to run away. RE2 (https://github.com/google/re2/wiki/Syntax) guarantees that. Where it is
missing, patterns with unbounded repeats are refused instead of trusted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

try:
    import re2 as _engine
except ImportError:  # no wheel for this platform
    _engine = None

_UNBOUNDED = re.compile(r"(?<!\\)(?:\\\\)*(?:[*+]|\{\d+,\})")
_LONGEST = 2000
_ESCAPED = re.compile(r"\\.")
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")


class PatternRefused(ValueError):
    """The pattern is not one that can be run on a board's output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a pattern matched, in bytes of the text searched, and its named groups."""

    start: int
    end: int
    text: str
    groups: Mapping[str, str]


class Pattern:
    """A compiled pattern; ``text`` is its source, ``shown`` what a person has written of it.

    Raises:
        PatternRefused: it cannot be compiled, or might run without bound.
    """

    def __init__(self, text: str, *, most: int = _LONGEST, shown: str = "") -> None:
        self.text = text
        self.shown = shown or text
        self._compiled = _compile(text, most)
        # RE2 names the groups of a bytes pattern in bytes, the standard library in text.
        self._groups = {_name(name): at for name, at in self._compiled.groupindex.items()}

    @property
    def may_grow(self) -> bool:
        """Whether a match at the very end of what was said may become longer with the next byte.

        It errs to the side of yes: it looks at how the pattern ends, and for alternatives.
        """
        plain = _CLASS.sub("c", _ESCAPED.sub("e", self.text))
        ends_open = plain.rstrip(")").endswith(("*", "+", "?", "}", "$"))
        return ends_open or "|" in plain or self.text.endswith(("\\b", "\\B"))

    def search(self, data: bytes | bytearray, at: int = 0) -> Match | None:
        """Return the leftmost match in ``data`` from byte ``at`` on, or None; no copy is made."""
        found = self._compiled.search(data, at)
        if found is None:
            return None
        return Match(
            start=found.start(),
            end=found.end(),
            text=_text(found.group(0)),
            groups={name: _text(found.group(at) or b"") for name, at in self._groups.items()},
        )


def any_of(patterns: Sequence[Pattern]) -> Pattern | None:
    """Return one pattern that is found where any of ``patterns`` is; its groups are of no use."""
    if not patterns:
        return None
    return Pattern("|".join(f"(?:{_unnamed(pattern.text)})" for pattern in patterns), most=1 << 20)


def _unnamed(text: str) -> str:
    """Take the names of the groups away: a name may occur once in a pattern."""
    return re.sub(r"\(\?P<\w+>", "(?:", text)


def literal(text: str) -> Pattern:
    """Return the pattern that matches exactly ``text``."""
    special = frozenset("\\.+*?()|[]{}^$")
    return Pattern("".join(f"\\{char}" if char in special else char for char in text))


def _compile(text: str, most: int) -> Any:  # noqa: ANN401 (re2 has no types)
    if len(text) > most:
        raise PatternRefused(f"a pattern of {len(text)} characters; at most {most}")
    if _engine is None:
        return _compile_bounded(text)
    options = _engine.Options()
    options.log_errors = False
    options.encoding = _engine.Options.Encoding.LATIN1
    try:
        return _engine.compile(text.encode(), options)
    except _engine.error as error:
        reason = error.args[0] if error.args else "not a pattern"
        words = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise PatternRefused(words) from error


def _compile_bounded(text: str) -> re.Pattern[bytes]:
    if _UNBOUNDED.search(text):
        raise PatternRefused("unbounded repeats need google-re2: pip install google-re2")
    try:
        return re.compile(text.encode())
    except re.error as error:
        raise PatternRefused(str(error)) from error


def _name(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
