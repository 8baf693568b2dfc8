"""DSSE envelopes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwrelease.errors import UsageFault
from fwrelease.evidence.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    encode_for_signing,
    is_envelope,
    parse_envelope,
    render_envelope,
)


def test_what_is_signed_is_the_example_of_the_specification() -> None:
    envelope = Envelope(
        payload_type="http://example.com/HelloWorld", payload=b"hello world", signatures=()
    )
    assert encode_for_signing(envelope) == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(payload=st.binary(), value=st.binary(), keyid=st.text())
def test_an_envelope_reads_back_as_it_was_written(payload: bytes, value: bytes, keyid: str) -> None:
    signatures = (Signature(keyid=keyid, value=value),)
    envelope = Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=signatures)
    document = render_envelope(envelope)
    assert is_envelope(document)
    assert parse_envelope(document, name="x") == envelope


def test_the_url_safe_alphabet_is_read_too() -> None:
    document = {"payloadType": PAYLOAD_TYPE, "payload": "-_-_", "signatures": [{"sig": "-_-_"}]}
    assert parse_envelope(document, name="x").payload == b"\xfb\xff\xbf"


@pytest.mark.parametrize(
    "change",
    [
        {"payload": "!"},
        {"payload": 7},
        {"signatures": []},
        {"signatures": "x"},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [None]},
        {"payloadType": "text/plain"},
    ],
)
def test_what_is_no_envelope_around_a_statement_is_refused(change: dict[str, object]) -> None:
    document = {"payloadType": PAYLOAD_TYPE, "payload": "", "signatures": [{"sig": ""}]}
    parse_envelope(document, name="x")
    with pytest.raises(UsageFault):
        parse_envelope({**document, **change}, name="x")


def test_a_plain_statement_is_no_envelope() -> None:
    assert not is_envelope({"_type": "x"})
    assert not is_envelope([])
    with pytest.raises(UsageFault):
        parse_envelope([], name="x")
