"""Envelope: a DSSE envelope around a statement, parsed and rendered; keys are not known here.

Dead Simple Signing Envelope v1.0.2 (secure-systems-lab/dsse). What is signed is never the payload
itself but its pre-authentication encoding, so that a signature cannot move to another type::

    PAE(type, body) = "DSSEv1" SP len(type) SP type SP len(body) SP body
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fwrelease.errors import UsageFault

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_HINT = "a DSSE envelope has payloadType, payload (base64) and signatures [{keyid, sig}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature; the key id is a hint of the signer and is trusted by nobody."""

    keyid: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, its type and who is said to have signed it."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


def encode_for_signing(envelope: Envelope) -> bytes:
    """Return the pre-authentication encoding: the bytes that a signature covers."""
    kind = envelope.payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(envelope.payload), envelope.payload)


def is_envelope(document: object) -> bool:
    """Tell an envelope from a plain statement by the one field that only an envelope has."""
    return isinstance(document, dict) and "payloadType" in document


def parse_envelope(document: object, *, name: str) -> Envelope:
    """Return the envelope in a JSON ``document``; ``name`` is its file, for messages.

    Raises:
        UsageFault: it is not an envelope around an in-toto statement.
    """
    try:
        envelope = _parse(document)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageFault(f"{name}: not an envelope: {reason}", hint=_HINT) from error
    if envelope.payload_type != PAYLOAD_TYPE:
        raise UsageFault(
            f"{name}: the envelope holds {envelope.payload_type!r}, not a statement",
            hint=f"its payloadType must be {PAYLOAD_TYPE}",
        )
    return envelope


def render_envelope(envelope: Envelope) -> dict[str, Any]:
    """Return the envelope as the JSON object that is published."""
    return {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.payload).decode(),
        "signatures": [
            {"keyid": signature.keyid, "sig": base64.b64encode(signature.value).decode()}
            for signature in envelope.signatures
        ],
    }


def _parse(document: object) -> Envelope:
    if not isinstance(document, dict):
        raise TypeError("the document is not an object")
    signatures = document["signatures"]
    if not isinstance(signatures, list) or not signatures:
        raise ValueError("signatures is not a list of at least one")
    return Envelope(
        payload_type=str(document["payloadType"]),
        payload=_decode(document["payload"]),
        signatures=tuple(_signature(signature) for signature in signatures),
    )


def _signature(value: Mapping[str, Any]) -> Signature:
    return Signature(keyid=str(value.get("keyid", "")), value=_decode(value["sig"]))


def _decode(text: object) -> bytes:
    """Decode base64 in the standard or the URL-safe alphabet; DSSE allows both."""
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is not base64 text")
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
