"""Who signed an envelope."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

from fwrelease.errors import UsageFault
from fwrelease.evidence.envelope import PAYLOAD_TYPE, Envelope, Signature, encode_for_signing
from fwrelease.gates.policy import KeyRule
from fwrelease.keys import load_keys

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
ED25519, ECDSA = Ed25519PrivateKey.generate(), generate_ec(SECP256R1())


def rule(name: str, key: PrivateKey, keyid: str | None = None) -> KeyRule:
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyRule(name=name, public=pem.decode(), keyid=keyid)


def signed(*keys: PrivateKey, payload: bytes = b"{}", keyid: str = "whoever") -> Envelope:
    bare = Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=())
    signatures = (CryptoSigner(key).sign(encode_for_signing(bare)) for key in keys)
    return Envelope(
        payload_type=PAYLOAD_TYPE,
        payload=payload,
        signatures=tuple(
            Signature(keyid=keyid, value=bytes.fromhex(item.signature)) for item in signatures
        ),
    )


@pytest.mark.parametrize("key", [ED25519, ECDSA], ids=["ed25519", "ecdsa"])
def test_a_signature_by_a_known_key_is_told_by_its_name(key: PrivateKey) -> None:
    assert load_keys([rule("lab", key)]).verify(signed(key)) == ("lab",)


def test_a_signature_by_another_key_or_of_other_bytes_counts_for_nothing() -> None:
    keys = load_keys([rule("lab", ED25519)])
    good = signed(ED25519)
    moved = Envelope(payload_type=PAYLOAD_TYPE, payload=b"[]", signatures=good.signatures)
    assert keys.verify(signed(ECDSA)) == ()
    assert keys.verify(moved) == ()
    assert keys.verify(signed()) == ()


def test_two_signatures_by_one_key_are_one_name() -> None:
    keys = load_keys([rule("qa", ECDSA), rule("lab", ED25519)])
    assert keys.verify(signed(ED25519, ED25519, ECDSA)) == ("lab", "qa")


def test_where_the_policy_names_a_key_id_the_signature_must_carry_it() -> None:
    keys = load_keys([rule("lab", ED25519, keyid="lab-2026")])
    assert keys.verify(signed(ED25519)) == ()
    assert keys.verify(signed(ED25519, keyid="lab-2026")) == ("lab",)


@pytest.mark.parametrize("public", ["", "nonsense", "-----BEGIN PUBLIC KEY-----\nAA==\n"])
def test_what_is_no_public_key_is_refused(public: str) -> None:
    with pytest.raises(UsageFault, match="the key lab in policy"):
        load_keys([KeyRule(name="lab", public=public)])
