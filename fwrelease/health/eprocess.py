"""E-process: evidence that a failure rate is above its baseline, valid at every look.

The test martingale of a beta mixture over the rates above the baseline p0, in logarithms::

    E = B(a+k, b+n-k) S(a+k, b+n-k; p0) / (B(a, b) S(a, b; p0)) / (p0^k (1-p0)^(n-k))

with k failures in n devices, S the survival function of the beta distribution, and a = 1/2,
b = 1/(6 p0), so that the mixture expects about three times the baseline. By Ville's inequality
(Ville 1939; Howard et al. 2021, arXiv 1810.08240) a good build ever reaches 1/alpha with
probability alpha at most, however often one looks. E grows with k, so counting a pending device as
good never overstates the evidence.
"""

import math


def log_evidence(failed: int, devices: int, *, baseline_rate: float) -> float:
    """Return ln E for ``failed`` of ``devices``; minus infinity is no evidence at all.

    ``baseline_rate`` is the rate of a good build, above 0 and below 1.
    """
    a, b = 0.5, 1.0 / (6.0 * baseline_rate)
    good = devices - failed
    return (
        _log_tail_mass(a + failed, b + good, baseline_rate)
        - _log_tail_mass(a, b, baseline_rate)
        - failed * math.log(baseline_rate)
        - good * math.log1p(-baseline_rate)
    )


def log_threshold(alpha: float) -> float:
    """Return the ln E from which a build is known to be worse, with false alarms below alpha."""
    return -math.log(alpha)


def _log_tail_mass(a: float, b: float, rate: float) -> float:
    """Return ln of the integral of x^(a-1) (1-x)^(b-1) from ``rate`` to 1."""
    from scipy.special import betaincc, betaln  # noqa: PLC0415  the import takes half a second

    tail = float(betaincc(a, b, rate))
    return float(betaln(a, b)) + math.log(tail) if tail > 0 else -math.inf
