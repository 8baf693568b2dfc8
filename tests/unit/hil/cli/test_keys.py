"""What the keys at a board's console mean."""

from hil.cli.keys import AskPath, By, GiveUpFile, Keys, SendFile, Typed


def test_the_keys_of_shells_and_editors_are_for_the_board() -> None:
    keys = b"\x12\x10\x03\x1b[A\x01\x05\x0b\x18"  # Ctrl-R, Ctrl-P, Ctrl-C, up, ...
    assert Keys().press(keys) == [Typed(keys)]


def test_a_path_is_edited_a_character_at_a_time() -> None:
    *_, last = Keys().press("\x14fab\N{LATIN SMALL LETTER E WITH ACUTE}\x7f\x08c\r".encode())
    assert last == SendFile(By.AS_IT_IS, b"ac")


def test_a_path_is_begun_anew() -> None:
    *_, last = Keys().press(b"\x14ywrong\x15right\n")
    assert last == SendFile(By.YMODEM, b"right")


def test_keys_without_a_letter_are_no_part_of_a_path() -> None:
    assert Keys().press(b"\x14f\x1b\x01\t")[-1] == AskPath(By.AS_IT_IS, b"")


def test_no_path_is_no_file() -> None:
    assert Keys().press(b"\x14x\rls\r") == [AskPath(By.XMODEM, b""), GiveUpFile(), Typed(b"ls\r")]
