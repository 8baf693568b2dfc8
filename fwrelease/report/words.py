"""Words: how verdicts, times and texts read on the page."""

import re
import statistics
from collections.abc import Sequence

_TONES = {
    "good": ("passed", "waived", "complete", "holds", "free", "confirmed"),
    "doubt": (
        *("waiting", "missing", "stale", "held", "unconfirmed", "inconclusive", "unstable"),
        *("unproven", "errored", "not_run", "proves nothing", "mixed", "silent", "absent"),
    ),
    "bad": (
        *("failed", "halted", "taken_back", "pre_existing", "quarantined"),
        *("does not hold", "unreadable"),
    ),
    "busy": ("rolling", "soaking", "going"),
}
_TONE_OF = {word: tone for tone, words in _TONES.items() for word in words}
_MARKS = {"good": "✓", "doubt": "?", "bad": "✗", "busy": "▸", "idle": "·"}

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F) if chr(code) not in "\n\t"}
_UNSEEN = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def tone(word: str) -> str:
    """Return how a verdict or state is coloured; one that is not known is ``idle``."""
    return _TONE_OF.get(word, "idle")


def mark(word: str) -> str:
    """Return the sign that stands before a verdict, so that colour is never all there is."""
    return _MARKS[tone(word)]


def plain(word: str) -> str:
    """Return a verdict or state as words."""
    return word.replace("_", " ")


def when(moment: str) -> str:
    """Return a time in ISO 8601, in UTC, to the minute."""
    return f"{moment[:10]} {moment[11:16]}".rstrip()


def measured(values: Sequence[float]) -> str:
    """Return measurements as their median and range."""
    if not values:
        return "no value"
    if len(values) == 1:
        return f"{values[0]:g}"
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:g} ({low:g} to {high:g}, {len(values)} values)"


def reveal(text: str) -> str:
    """Return ``text`` with everything that could hide or reorder its neighbours made visible.

    Boards write what they like: control characters become \\x1b, and direction marks
    (CVE-2021-42574), zero-width characters and lone surrogates become the replacement character.
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text.translate(_CONTROLS))
