"""Version: the name of a build, in the part of SemVer 2.0.0 that an MCUboot header can hold.

MAJOR.MINOR.PATCH with an optional build number (+N): u8, u8, u16, u32 (MCUboot design, "Image
format"). Pre-release tags have no place in the header and are refused.
"""

import re
from dataclasses import dataclass

from fwrelease.errors import UsageFault

_SHAPE = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\+([1-9]\d*))?", re.ASCII)
_LARGEST = (0xFF, 0xFF, 0xFFFF, 0xFFFFFFFF)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version, ordered as an MCUboot downgrade check orders it: by its numbers in turn."""

    major: int
    minor: int
    patch: int
    number: int = 0

    @property
    def text(self) -> str:
        """The version as people write it; build number 0 is not written."""
        return f"{self.major}.{self.minor}.{self.patch}" + (
            f"+{self.number}" if self.number else ""
        )


def parse_version(text: str) -> Version:
    """Return the version that ``text`` names.

    Raises:
        UsageFault: it is not one, or an image header could not hold it.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None or len(text) > len("255.255.65535+4294967295"):
        raise UsageFault(
            f"{text!r} is not a version that an image can carry",
            hint="write MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH+NUMBER, such as 1.4.0 or 1.4.0+7",
        )
    numbers = tuple(int(part or 0) for part in shape.groups())
    if any(number > largest for number, largest in zip(numbers, _LARGEST, strict=True)):
        raise UsageFault(
            f"{text} does not fit into an image header",
            hint="the largest is 255.255.65535+4294967295",
        )
    return Version(*numbers)
