"""Placeholder: ``{name}`` in a text of the inventory, filled in when the text is used.

A name that is not known stays as it is, so that braces of other languages need no escape.
"""

import re
from collections.abc import Iterable, Mapping

_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def fill(text: str, /, **values: object) -> str:
    """Return ``text`` with each known placeholder replaced."""
    return _NAME.sub(lambda m: str(values[m[1]]) if m[1] in values else m[0], text)


def fill_all(texts: Iterable[str], values: Mapping[str, object]) -> list[str]:
    """Return the words of a command line, each filled in by itself: a value stays one word."""
    return [fill(text, **values) for text in texts]
