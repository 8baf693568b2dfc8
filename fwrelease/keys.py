"""Keys: verify who signed an envelope, with the public keys that a policy names."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import (  # type: ignore[attr-defined]
    Key,
    SSlibKey,
)
from securesystemslib.signer import Signature as KeySignature  # type: ignore[attr-defined]

from fwrelease.errors import UsageFault
from fwrelease.evidence.envelope import Envelope, Signature, encode_for_signing
from fwrelease.gates.policy import KeyRule


@dataclass(frozen=True, slots=True)
class PolicyKeys:
    """The keys of a policy, each under the name that the policy gives it."""

    known: tuple[tuple[KeyRule, Key], ...]

    def verify(self, envelope: Envelope) -> tuple[str, ...]:
        """Return the names of the known keys that signed ``envelope``, each once, sorted."""
        signed = encode_for_signing(envelope)
        names = {
            rule.name
            for rule, key in self.known
            for signature in envelope.signatures
            if rule.keyid in {None, signature.keyid} and _holds(key, signature, signed)
        }
        return tuple(sorted(names))


def load_keys(rules: Iterable[KeyRule]) -> PolicyKeys:
    """Return the keys that ``rules`` name.

    Raises:
        UsageFault: one of them is not a public key of a kind that is known.
    """
    return PolicyKeys(tuple((rule, _load(rule)) for rule in rules))


def _load(rule: KeyRule) -> Key:
    try:
        return SSlibKey.from_crypto(load_pem_public_key(rule.public.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageFault(
            f"the key {rule.name} in policy.yaml is not a public key that can be used: {error}",
            hint="give a PEM public key, Ed25519 or ECDSA: -----BEGIN PUBLIC KEY-----",
        ) from error


def _holds(key: Key, signature: Signature, signed: bytes) -> bool:
    """Say whether ``signature`` is by ``key``; its key id is a claim and decides nothing."""
    try:
        key.verify_signature(KeySignature(key.keyid, signature.value.hex()), signed)
    except (UnverifiedSignatureError, VerificationError):
        return False
    return True
