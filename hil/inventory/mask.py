"""Mask: text without what is obviously a secret, before somebody else reads it.

Passwords in addresses, values after a word that names a secret, bearer tokens, private keys (PEM,
RFC 7468). It finds what looks like one, no more: whoever sends a file still looks through it.
"""

import re

MASK = "***"

# Every repetition before a mark that has to follow is bounded: the time stays linear in the text.
_WORD = (
    r"(?:passwd|password|passphrase|passcode|pwd|psk|secret|token|api[_-]?key"
    r"|access[_-]?key|private[_-]?key|credential)[\w.-]{0,40}"
)
_QUOTED = r"\"(?:[^\"\\\n]|\\.){0,4096}\"|'(?:[^'\n]|''){0,4096}'"
_PEM = re.compile(
    r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----).*?(?:(-----END [A-Z ]{0,40}PRIVATE KEY-----)|\Z)",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(://[^\s/:@\"']{0,200}):[^\s/@\"']{1,400}@")
_BEARER = re.compile(r"\b(bearer|basic)(\s{1,10})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_FLAG = re.compile(
    rf"((?<!-)--?[\w-]{{0,40}}?{_WORD})([ \t]{{1,10}}|=)({_QUOTED}|[^\s\"',;)}}\]]+)", re.IGNORECASE
)
_VALUE = re.compile(
    rf"({_WORD}[\"']?[ \t]{{0,10}}[:=][ \t]{{0,10}})({_QUOTED}|[^\s,;)}}\]]+)", re.IGNORECASE
)


def mask(text: str) -> str:
    """Return ``text`` with each secret that can be told from its look replaced by ``***``."""
    text = _PEM.sub(lambda found: f"{found[1]}{MASK}{found[2] or ''}", text)
    text = _ADDRESS.sub(rf"\1:{MASK}@", text)
    text = _BEARER.sub(rf"\1\2{MASK}", text)
    text = _FLAG.sub(rf"\1\2{MASK}", text)
    return _VALUE.sub(rf"\1{MASK}", text)
