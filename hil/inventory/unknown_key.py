"""Unknown key: a key that nothing reads, and the one that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(key: str, known: Iterable[str]) -> str:
    """Return the known key that ``key`` looks like, or an empty text."""
    return next(iter(get_close_matches(key, list(known), n=1)), "")


def refuse_key(key: str, known: Iterable[str]) -> str:
    """Return what is wrong with ``key``, in words."""
    names = sorted(known)
    guess = meant(key, names)
    rest = f"did you mean {guess!r}?" if guess else f"known: {', '.join(names) or 'none'}"
    return f"no key {key!r} here; {rest}"
