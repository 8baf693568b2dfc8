"""Pattern: a regular expression over what a board says, matched in linear time.

Patterns come from users' YAML and run on whatever a broken board prints, so a pattern must not be
able to run away. RE2 (https://github.com/google/re2/wiki/Syntax) guarantees that. Where it is
missing, patterns with unbounded repeats are refused instead of trusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

try:
    import re2 as _engine
except ImportError:  # no wheel for this platform
    _engine = None

_UNBOUNDED = re.compile(r"(?<!\\)(?:\\\\)*(?:[*+]|\{\d+,\})")
_LONGEST = 2000


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
    """A compiled pattern; ``text`` is its source.

    Raises:
        PatternRefused: it cannot be compiled, or might run without bound.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = _compile(text)
        # RE2 names the groups of a bytes pattern in bytes, the standard library in text.
        self._groups = {_name(name): at for name, at in self._compiled.groupindex.items()}

    def search(self, data: bytes) -> Match | None:
        """Return the leftmost match in ``data``, or None."""
        found = self._compiled.search(data)
        if found is None:
            return None
        return Match(
            start=found.start(),
            end=found.end(),
            text=_text(found.group(0)),
            groups={name: _text(found.group(at) or b"") for name, at in self._groups.items()},
        )


def _compile(text: str) -> Any:  # noqa: ANN401 (re2 has no types)
    if len(text) > _LONGEST:
        raise PatternRefused(f"a pattern of {len(text)} characters; at most {_LONGEST}")
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
