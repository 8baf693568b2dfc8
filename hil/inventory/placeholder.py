"""Placeholder: ``{name}`` in a text of the inventory, filled in when the text is used.

A name that is not known stays as it is, so that braces of other languages need no escape.
"""

import re
from collections.abc import Iterable, Mapping

_NAME = re.compile(r"(?<!\$)\{([a-z][a-z0-9_]*)\}")  # ${name} belongs to shells, U-Boot's too


def fill(text: str, /, **values: object) -> str:
    """Return ``text`` with each known placeholder replaced."""
    return _NAME.sub(lambda m: str(values[m[1]]) if m[1] in values else m[0], text)


def fill_pattern(text: str, /, **values: object) -> str:
    """Return a pattern with each known placeholder replaced by what matches its value exactly."""
    return fill(text, **{name: re.escape(str(value)) for name, value in values.items()})


def names_in(texts: Iterable[str]) -> set[str]:
    """Return the names of all placeholders in ``texts``."""
    return {name for text in texts for name in _NAME.findall(text)}


def fill_all(texts: Iterable[str], values: Mapping[str, object]) -> list[str]:
    """Return the words of a command line, each filled in by itself: a value stays one word.

    A word with a placeholder whose value is empty is left out, and with it the option before it:
    ``--uid {probe_id}`` vanishes for a rig that has no probe id.
    """
    filled: list[str] = []
    for text in texts:
        if any(str(values.get(name, "?")) == "" for name in names_in([text])):
            if filled and filled[-1].startswith("-"):
                filled.pop()
        else:
            filled.append(fill(text, **values))
    return filled
