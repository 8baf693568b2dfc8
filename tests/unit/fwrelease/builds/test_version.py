"""Versions that an image header can hold."""

import pytest

from fwrelease.builds.version import Version, parse_version
from fwrelease.errors import UsageFault


@pytest.mark.parametrize("text", ["0.0.0", "1.4.0", "255.255.65535+4294967295", "1.4.0+7"])
def test_a_version_reads_back_as_it_was_written(text: str) -> None:
    assert parse_version(text).text == text


ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"
NO_SHAPE = ("", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-rc1", "1.2.3+0", "1.2.3 ")
TOO_LARGE = ("256.0.0", "0.256.0", "0.0.65536", "0.0.0+4294967296", "1" * 99 + ".0.0")


@pytest.mark.parametrize("text", [*NO_SHAPE, *TOO_LARGE, f"{ARABIC_ONE}.2.3"])
def test_what_no_header_can_hold_is_refused(text: str) -> None:
    with pytest.raises(UsageFault):
        parse_version(text)


def test_versions_are_ordered_by_their_numbers() -> None:
    texts = ["1.10.0", "1.9.1", "1.9.1+2", "0.255.0"]
    ordered = [version.text for version in sorted(map(parse_version, texts))]
    assert ordered == ["0.255.0", "1.9.1", "1.9.1+2", "1.10.0"]
    assert Version(1, 2, 3) == parse_version("1.2.3")
