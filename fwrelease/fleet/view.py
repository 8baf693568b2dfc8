"""View: what a server sees of a simulated fleet, that is offers, reports and when it last heard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fwrelease.fleet.chance import Numbers
from fwrelease.fleet.device import Devices, last_poll
from fwrelease.fleet.life import Labels, Life, Outcome
from fwrelease.health.counts import DeviceCounts

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known of every device about one version, at one moment."""

    took: Flags
    runs: Flags
    installed: Flags
    reverted: Flags
    crashed: Flags
    confirmed: Flags
    silent: Flags
    hours: Numbers


def look(
    life: Life, devices: Devices, *, version: int, now_s: float, silence_after_s: float
) -> Sight:
    """Return what the reports say about ``version``.

    A device is silent once it was not heard of for ``silence_after_s``, and for three of its own
    poll intervals.
    """
    heard = last_heard(life, devices, now_s=now_s)
    silent = now_s - heard > np.maximum(silence_after_s, 3.0 * devices.poll_s)
    took = life.attempt == version
    settled = took & (life.settled_at <= now_s) & (life.outcome != Outcome.SILENT)
    reverted = settled & (life.outcome == Outcome.REVERT)
    crashed = took & (life.crash_at <= now_s)
    confirmed = settled & ~reverted & ~crashed & ~silent
    return Sight(
        took=took,
        runs=reported_versions(life, now_s=now_s) == version,
        installed=took & (life.installed_at <= now_s),
        reverted=reverted,
        crashed=crashed,
        confirmed=confirmed,
        silent=silent,
        hours=np.where(confirmed, heard - np.where(took, life.installed_at, 0.0), 0.0) / 3600.0,
    )


def reported_versions(life: Life, *, now_s: float) -> Labels:
    """Return what each device last said it runs; while it installs, that is what it ran before."""
    return np.where(life.installed_at <= now_s, life.running, life.before)


def last_heard(life: Life, devices: Devices, *, now_s: float) -> Numbers:
    """Return when each device last polled or reported."""
    heard = last_poll(devices, np.minimum(now_s, life.dead_at))
    told = [np.where(life.installed_at <= now_s, life.installed_at, -np.inf)]
    spoke = (life.settled_at <= now_s) & (life.outcome != Outcome.SILENT)
    told.append(np.where(spoke, life.settled_at, -np.inf))
    told.append(np.where(life.offered_at <= now_s, life.offered_at, -np.inf))
    return np.asarray(np.maximum.reduce([heard, *told]), dtype=np.float64)


def count_devices(sight: Sight, members: Flags) -> DeviceCounts:
    """Return the counts of one ring; devices that were gone before their offer are excluded."""
    took = members & sight.took
    gone = members & ~sight.took & sight.silent
    reverted, crashed = _number(took & sight.reverted), _number(took & sight.crashed)
    silent = _number(took & sight.silent & ~sight.reverted & ~sight.crashed)
    confirmed, offered = _number(took & sight.confirmed), _number(took)
    kinds = (("crash", crashed), ("revert", reverted), ("silent", silent))
    return DeviceCounts(
        targeted=_number(members) - _number(gone),
        offered=offered,
        updated=_number(took & sight.installed),
        booted_confirmed=confirmed,
        reverted=reverted,
        failed=crashed,
        silent_past_deadline=silent,
        pending=offered - confirmed - reverted - crashed - silent,
        excluded=_number(gone),
        device_hours=float(np.maximum(sight.hours[took], 0.0).sum()),
        critical=tuple((kind, number) for kind, number in kinds if number),
    )


def count_holders(sight: Sight) -> int:
    """Return how many devices that answer run or install the version."""
    return _number((sight.runs | (sight.took & ~sight.installed)) & ~sight.silent)


def _number(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
