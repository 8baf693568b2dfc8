"""Signature: by what the same failure is known again, on another rig or after another link.

Taken from the first anchor in the phase that failed: what a detector saw, the answer that was
wrong, or the pattern that never came. What changes from run to run is masked; what carries meaning
(error codes, return values) is kept. The algorithm's version is part of the signature.
"""

import hashlib
import re

VERSION = 1
_LONGEST = 400

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LEADING_TIME = re.compile(
    r"^(?:\[\s*\d+\.\d+\]|\[\d\d:\d\d:\d\d[.,0-9]*\]|[EWIDV] \(\d+\)"
    r"|\d{4}-\d\d-\d\dT[0-9:.+Z-]+)\s*",
    re.MULTILINE,
)
_KEPT = re.compile(
    r"\b(?:err|error|rc|ret|errno|status|reason|cause|code|exit|cfsr|hfsr|mcause|exccause)"
    r"(?:\s*[:=]\s*|\s+)-?(?:0x[0-9a-fA-F]+|\d+)"
)
_MASKS = (
    (re.compile(r"\b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\b"), "<MAC>"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<UUID>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<IP>"),
    (re.compile(r"\b0x[0-9a-fA-F]{7,}\b"), "<ADDR>"),
    (re.compile(r"\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b"), "<HEX>"),
    (re.compile(r"(\.[ch](?:pp)?):\d+"), r"\1:<LINE>"),
    (re.compile(r"\+0x[0-9a-fA-F]+/0x[0-9a-fA-F]+"), "+<OFF>"),
    (
        re.compile(r"(?<![\w.<])-?\d+(?:\.\d+)?(?=\s?(?:%|(?:ms|us|ns|s|dBm|mV|V|mA|bytes|B)\b))"),
        "<N>",
    ),
    (re.compile(r"\b(tick|uptime|seq|pid|heap|rssi)\s*[:=]\s*-?\d+"), r"\1=<N>"),
)


def normalise(text: str) -> str:
    """Return ``text`` without what differs between two sightings of one failure."""
    text = _LEADING_TIME.sub("", _ANSI.sub("", text))
    lines = [line.rsplit("\r", 1)[-1].strip() for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(_mask(line) for line in lines if line)[:_LONGEST]


def _mask(line: str) -> str:
    """Mask a line around the values that must survive."""
    parts, at = [], 0
    for kept in _KEPT.finditer(line):
        parts += [_mask_all(line[at : kept.start()]), kept.group()]
        at = kept.end()
    return "".join([*parts, _mask_all(line[at:])])


def _mask_all(text: str) -> str:
    for pattern, label in _MASKS:
        text = pattern.sub(label, text)
    return text


def sign(*, code: str, phase: str, anchor: str) -> str:
    """Return the signature; an empty anchor is silence at that phase, and says so."""
    words = "\0".join((code, phase, normalise(anchor) or f"silence at {phase}"))
    return f"{VERSION}:{hashlib.sha256(words.encode()).hexdigest()[:12]}"
