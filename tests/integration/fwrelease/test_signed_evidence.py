"""Evidence in DSSE envelopes, under a policy that demands signatures."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

from fwrelease.evidence.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    encode_for_signing,
    render_envelope,
)
from fwrelease.evidence.record import render
from fwrelease.evidence.statement import Statement
from tests.support.release import Shop, a_shop, an_evidence, write_statement

LAB, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
FRESH = datetime.now(UTC) - timedelta(hours=1)
POLICY = """\
version: 1
evidence: {unsigned: refused, keys: [{name: lab, public: lab.pub}]}
contexts:
  "ring:*": {rules: [{id: smoke, kind: suites, suites: [smoke]}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = a_shop(tmp_path)
    shop.add_build("1.1.0")
    pem = LAB.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (shop.root / "lab.pub").write_bytes(pem)
    (shop.root / "policy.yaml").write_text(POLICY)
    return shop


def sign(path: Path, statement: Statement, key: Ed25519PrivateKey) -> Path:
    payload = json.dumps(render(statement)).encode()
    bare = Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=())
    made = CryptoSigner(key).sign(encode_for_signing(bare))
    value = bytes.fromhex(made.signature)
    signatures = (Signature(keyid="", value=value),)
    envelope = Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=signatures)
    path.write_text(json.dumps(render_envelope(envelope)))
    return path


def fresh(revision: str) -> Statement:
    return an_evidence(revision=revision, finished=FRESH)


def test_evidence_signed_by_the_lab_lets_the_build_in(shop: Shop, tmp_path: Path) -> None:
    paths = [sign(tmp_path / f"{name}.json", fresh(name), LAB) for name in "ab"]
    ran = shop.run("evidence", "add", *paths)
    assert ran.code == 0
    assert "signed by lab" in ran.out
    assert shop.run("gate", "check", "1.1.0", "--context", "ring:canary").code == 0


def test_unsigned_evidence_and_that_of_strangers_is_refused(shop: Shop, tmp_path: Path) -> None:
    before = shop.head()
    for path in (
        write_statement(tmp_path / "plain.json", fresh("a")),
        sign(tmp_path / "strange.json", fresh("a"), STRANGER),
    ):
        ran = shop.run("evidence", "add", path)
        assert ran.code == 2
        assert "not signed by a key that policy.yaml names (lab)" in ran.err
    assert shop.head() == before


def test_a_key_that_was_struck_off_speaks_for_nothing_any_more(shop: Shop, tmp_path: Path) -> None:
    paths = [sign(tmp_path / f"{name}.json", fresh(name), LAB) for name in "ab"]
    shop.run("evidence", "add", *paths)
    pem = STRANGER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (shop.root / "lab2.pub").write_bytes(pem)
    policy = POLICY.replace("name: lab, public: lab.pub", "name: lab-2, public: lab2.pub")
    (shop.root / "policy.yaml").write_text(policy)
    assert shop.run("gate", "check", "1.1.0", "--context", "ring:canary").code == 3
