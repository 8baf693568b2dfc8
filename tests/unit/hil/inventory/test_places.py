"""What the places in the words of an inventory stand for."""

from hil.inventory.places import IMAGE_PLACES, fill, fill_pattern, image_places, places_in

NINE = b"123456789"  # the check value of CRC-32 is over these digits


def test_an_image_gives_its_size_its_address_and_its_digests() -> None:
    places = image_places(NINE, at=0x22100000)
    assert places == {
        "at": "0x22100000",
        "at_hex": "22100000",
        "size": "9",
        "size_hex": "9",
        "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
        "md5": "25f9e794323b453885f5181f1b624d0b",
        "crc32": "cbf43926",
    }
    assert set(places) == set(IMAGE_PLACES)


def test_a_board_without_an_address_has_no_place_for_it() -> None:
    assert "at" not in image_places(NINE, at=None)


def test_only_places_that_are_known_are_filled_in() -> None:
    assert fill("erase {at_hex} +{size_hex}", {"at_hex": "22"}) == "erase 22 +{size_hex}"


def test_the_variables_of_a_bootloaders_shell_are_left_alone() -> None:
    assert fill("crc32 ${size} {size}", {"size": "9"}) == "crc32 ${size} 9"


def test_repeats_of_a_pattern_are_no_places_and_what_is_filled_in_is_matched_as_it_stands() -> None:
    assert fill_pattern("[0-9]{8} {file}", {"file": "a.b"}) == r"[0-9]{8} a\.b"


def test_the_places_of_a_text_are_known() -> None:
    assert list(places_in("{a} ${b} {8} {c_1}")) == ["a", "c_1"]
