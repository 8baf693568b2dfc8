"""Duration: a stretch of time as people write it, such as 90m, 24h or 7d."""

import re
from datetime import timedelta

from fwrelease.errors import UsageFault

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> timedelta:
    """Return the duration: a number and one of s, m, h, d.

    Raises:
        UsageFault: it is written differently, or is not longer than nothing.
    """
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhd])", text.strip())
    if found is None or float(found[1]) == 0.0:
        raise UsageFault(f"{text!r} is no duration", hint="write a number and s, m, h or d: 24h")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
