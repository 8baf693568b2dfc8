"""Policy: which case a free rig takes next."""

from collections.abc import Collection, Mapping


def choose_case(
    waiting: Collection[str], can_run: Collection[str], expected_s: Mapping[str, float]
) -> str | None:
    """Return the case to run next on a rig that can run ``can_run``, or None: nothing waits.

    Longest expected first, because a long case that starts last keeps everybody waiting (Graham,
    "Bounds on multiprocessing timing anomalies", 1969); a case that nobody timed counts as long.
    """
    able = set(can_run)
    candidates = sorted(case for case in waiting if case in able)
    if not candidates:
        return None
    return max(candidates, key=lambda case: expected_s.get(case, float("inf")))
