"""Devices: what every simulated device is from the start and never stops being."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fwrelease.fleet.chance import Indices, Numbers, lognormals, uniforms
from fwrelease.fleet.world import World
from fwrelease.rollout.cohort import position

_SHORTEST_POLL_S, _LONGEST_POLL_S, _DAY_S = 900.0, 43_200.0, 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """The poll schedule and hardware of a fleet, one entry per device; times since its start."""

    index: Indices
    poll_s: Numbers
    phase_s: Numbers
    stratum: npt.NDArray[np.int16]


def make_devices(world: World) -> Devices:
    """Return the devices of the world; the same world always has the same devices."""
    index = np.arange(world.devices, dtype=np.int64)
    seed = world.seed
    poll = lognormals(
        index, median=world.poll_median_s, spread=world.poll_spread, seed=seed, purpose="poll"
    )
    daily = uniforms(index, seed=seed, purpose="daily") < world.daily_share
    poll = np.where(daily, _DAY_S, np.clip(poll, _SHORTEST_POLL_S, _LONGEST_POLL_S))
    ends = np.cumsum([stratum.share for stratum in world.strata])[:-1]
    hardware = uniforms(index, seed=seed, purpose="hardware")
    return Devices(
        index=index,
        poll_s=poll,
        phase_s=uniforms(index, seed=seed, purpose="phase") * poll,
        stratum=np.searchsorted(ends, hardware, side="right").astype(np.int16),
    )


def name_device(index: int) -> str:
    """Return the id under which a device is known."""
    return f"dev-{index:07d}"


def place_devices(count: int, *, salt: str) -> Numbers:
    """Return the position of each device, as :func:`fwrelease.rollout.cohort.position` has it."""
    return np.fromiter(
        (position(name_device(index), salt=salt) for index in range(count)), np.float64, count
    )


def next_poll(devices: Devices, after: Numbers) -> Numbers:
    """Return when each device polls first after the given time."""
    rounds = np.floor((after - devices.phase_s) / devices.poll_s) + 1
    return devices.phase_s + rounds * devices.poll_s


def last_poll(devices: Devices, until: Numbers) -> Numbers:
    """Return when each device polled last, up to the given time; before the start is possible."""
    rounds = np.floor((until - devices.phase_s) / devices.poll_s)
    return devices.phase_s + rounds * devices.poll_s
