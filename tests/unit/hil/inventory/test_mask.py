"""What is obviously a secret does not leave the lab in a bundle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.inventory.mask import mask

SECRET = "hunter2-Xy"


@pytest.mark.parametrize(
    "text",
    [
        f"password: {SECRET}",
        f'  wifi_password: "{SECRET}"',
        f"PASSWORD={SECRET}",
        f"on: 'curl -u admin --token {SECRET} http://pdu/on'",
        f"pdu-ctl --password={SECRET} on 3",
        f"serial: rfc2217://ana:{SECRET}@lab:4000",
        f"https://ana:{SECRET}@pdu.lab/outlet/3?on",
        f"Authorization: Bearer {SECRET}abcdef",
        f'{{"api_key": "{SECRET}", "outlet": 3}}',
        f"power: {{driver: command, api-key: {SECRET}}}",
        f"psk = '{SECRET}'",
        f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}\n-----END EC PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_a_secret_is_masked(text: str) -> None:
    assert SECRET not in mask(text)
    assert "***" in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "serial: /dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0",
        "rfc2217://lab:4000",
        "power: {driver: command, on: relay 3 on, off: relay 3 off}",
        "boot nano-v2 rev b chip 5e1f00b1 reset power-on",
        "slot ok sha256 " + "0123456789abcdef" * 4,
        "probe_id: 683759358",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_the_rest_of_a_line_with_a_secret_stays_readable() -> None:
    line = f"power: {{driver: command, password: {SECRET}, channel: pdu/3}}"
    assert mask(line) == "power: {driver: command, password: ***, channel: pdu/3}"


@given(before=st.text(max_size=30), secret=st.from_regex(r"[A-Z]{3}[0-9]{9}", fullmatch=True))
def test_whatever_stands_before_it_a_masked_value_is_gone(before: str, secret: str) -> None:
    assert secret not in mask(f"{before}\npassword: {secret}\n")


@given(text=st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)
