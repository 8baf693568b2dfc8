"""Bound: the highest failure rate that the reports of a ring still allow."""

import math
from collections.abc import Callable


def zero_event_bound(devices: int, *, alpha: float = 0.05) -> float:
    """Return the upper bound (1 - alpha) on a rate after no event in ``devices``.

    The exact binomial bound of Clopper and Pearson (1934) for zero events, 1 - alpha^(1/n).
    """
    return 1.0 - math.pow(alpha, 1.0 / devices) if devices > 0 else 1.0


def anytime_upper_bound(failed: float, devices: float, *, alpha: float) -> float:
    """Return the rate that the true one stays below at every look, with probability 1 - alpha.

    The upper end of the confidence sequence of the beta-binomial mixture with Jeffreys' prior
    (Robbins 1970; Howard et al. 2021, arXiv 1810.08240): the rates p at which
    B(1/2+k, 1/2+n-k) / B(1/2, 1/2) / (p^k (1-p)^(n-k)) stays below 1/alpha.
    """
    if devices <= 0 or failed >= devices:
        return 1.0
    from scipy.special import betaln  # noqa: PLC0415  the import takes half a second

    good = devices - failed
    mixture = float(betaln(0.5 + failed, 0.5 + good)) - math.log(math.pi) + math.log(alpha)

    def excess(rate: float) -> float:
        likelihood = failed * math.log(rate) if failed else 0.0
        return mixture - likelihood - good * math.log1p(-rate)

    return _first_above(excess, failed / devices, 1.0 - 1e-15)


def _first_above(excess: Callable[[float], float], low: float, high: float) -> float:
    """Return where ``excess``, which grows from ``low`` to ``high``, gets above zero.

    By halving, always from above: scipy's root finders cost every command 0.7 s of import, and
    their answer may lie on either side.
    """
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
    return high


def reports_needed(
    failed: int, devices: int, *, ceiling: float, baseline_rate: float, alpha: float
) -> int:
    """Return about how many more reports prove the rate below ``ceiling``.

    It reckons that the devices to come fail at ``baseline_rate``, as those of a good build do.
    """

    def proven(more: int) -> bool:
        failures = failed + more * baseline_rate
        return anytime_upper_bound(failures, devices + more, alpha=alpha) < ceiling

    if proven(0):
        return 0
    most = 1
    while not proven(most):
        most *= 2
    least = most // 2
    while most - least > max(1, most // 50):  # "about": two per cent is near enough
        middle = (least + most) // 2
        least, most = (least, middle) if proven(middle) else (middle, most)
    return most
