"""What an image gives to the words of a flasher."""

from hil.inventory.places import image_places

NINE = b"123456789"  # the check value of CRC-32 is over these digits


def test_an_image_gives_its_size_its_address_and_its_digests() -> None:
    assert image_places(NINE, at=0x22100000) == {
        "at": "0x22100000",
        "at_hex": "22100000",
        "size": "9",
        "size_hex": "9",
        "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
        "md5": "25f9e794323b453885f5181f1b624d0b",
        "crc32": "cbf43926",
    }


def test_a_board_without_an_address_has_no_place_for_it() -> None:
    assert "at" not in image_places(NINE, at=None)
