"""Chance: numbers that depend on nothing but seed, purpose and device, for whole fleets at once.

SplitMix64 used as a counter-based generator (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195):
no state is drawn from, so it does not matter in which order or in how many steps time passes.
"""

import hashlib

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def uniforms(devices: Indices, *, seed: int, purpose: str) -> Numbers:
    """Return one number in [0, 1) for each device; the same arguments give the same numbers."""
    key = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    with np.errstate(over="ignore"):  # the generator is defined modulo 2^64
        mixed = np.uint64(int.from_bytes(key, "big")) + (devices.astype(np.uint64) + 1) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_1
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_2
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) / float(1 << 53)


def lognormals(
    devices: Indices, *, median: float, spread: float, seed: int, purpose: str
) -> Numbers:
    """Return log-normal numbers; ``spread`` is the standard deviation of the logarithm.

    The normal ones come from two uniforms each (Box and Muller 1958).
    """
    radius = np.sqrt(-2.0 * np.log1p(-uniforms(devices, seed=seed, purpose=f"{purpose}/radius")))
    angle = 2.0 * np.pi * uniforms(devices, seed=seed, purpose=f"{purpose}/angle")
    return np.asarray(median * np.exp(spread * radius * np.cos(angle)), dtype=np.float64)
