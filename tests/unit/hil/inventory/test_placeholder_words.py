"""Placeholders in command lines and patterns."""

from hil.inventory.placeholder import fill, fill_all, fill_pattern, names_in


def test_the_variables_of_a_bootloaders_shell_are_left_alone() -> None:
    assert fill("crc32 ${size} {size}", size=9) == "crc32 ${size} 9"


def test_what_is_filled_into_a_pattern_is_matched_as_it_stands() -> None:
    assert fill_pattern("[0-9]{8} {file}", file="a.b") == r"[0-9]{8} a\.b"


def test_the_names_of_placeholders_are_known() -> None:
    assert names_in(["{a} ${b} {8}", "{c_1}{a}"]) == {"a", "c_1"}


def test_a_word_whose_value_is_empty_is_left_out_with_the_option_before_it() -> None:
    words = ["pyocd", "--uid", "{probe_id}", "-c", "serial {probe_id}", "{target}", "{probe_id}"]
    assert fill_all(words, {"probe_id": "", "target": "k64f"}) == ["pyocd", "k64f"]
    assert fill_all(words, {"probe_id": "7", "target": "k64f"}) == [
        *("pyocd", "--uid", "7", "-c", "serial 7", "k64f", "7"),
    ]


def test_braces_of_other_languages_stay() -> None:
    assert fill_all(["program {{image}} {x}"], {"image": "/a b"}) == ["program {/a b} {x}"]
