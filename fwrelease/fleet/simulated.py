"""The simulated fleet: devices that live by their own clock, which only ``advance`` moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from fwrelease.fleet.chance import Numbers
from fwrelease.fleet.device import Devices, make_devices, place_devices
from fwrelease.fleet.life import Life, begin_life, desire, live_until
from fwrelease.fleet.view import (
    Flags,
    count_devices,
    count_holders,
    last_heard,
    look,
    reported_versions,
)
from fwrelease.fleet.world import World
from fwrelease.interfaces import Census
from fwrelease.rollout.cohort import Cohort
from fwrelease.rollout.decision import Facts
from fwrelease.rollout.offer import Offer, Watch

_SILENT_AFTER_S = 172_800.0


@dataclass(slots=True, kw_only=True)
class SimulatedFleet:
    """A fleet in memory; :mod:`fwrelease.fleet.folder` keeps one in a file.

    ``versions`` are the numbers that :class:`Life` uses, the baseline first.
    """

    world: World
    devices: Devices
    life: Life
    versions: tuple[str, ...]
    now_s: float = 0.0
    places_by_salt: dict[str, Numbers] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the fleet's time."""
        return self.world.starts + timedelta(seconds=self.now_s)

    def places(self, salt: str) -> Sequence[float]:
        """Return the position of every device."""
        return [float(place) for place in self._places(salt)]

    def offer(self, offers: Sequence[Offer]) -> None:
        """Make ``offers`` all that is offered; devices learn of it when they poll."""
        wanted = np.zeros(self.world.devices, dtype=np.int16)
        for one in offers:
            wanted[self._members(one.cohort)] = self._number(one.version)
        desire(self.life, wanted, now_s=self.now_s)

    def advance(self, duration: timedelta) -> None:
        """Let ``duration`` pass."""
        until_s = self.now_s + max(0.0, duration.total_seconds())
        live_until(self.life, self.devices, self.world, self.versions, until_s=until_s)
        self.now_s = until_s

    def observe(self, watch: Watch) -> Facts:
        """Return what the devices of the watched rings reported."""
        sight = look(
            self.life,
            self.devices,
            version=self._number(watch.version),
            now_s=self.now_s,
            silence_after_s=watch.silence_after.total_seconds(),
        )
        counts = {
            ring: count_devices(sight, self._members(cohort))
            for ring, cohort in watch.cohorts.items()
        }
        return Facts(counts=counts, still_on_build=count_holders(sight))

    def census(self) -> Census:
        """Return what every device last reported to run."""
        reported = reported_versions(self.life, now_s=self.now_s)
        quiet = self.now_s - last_heard(self.life, self.devices, now_s=self.now_s)
        silent = quiet > np.maximum(_SILENT_AFTER_S, 3.0 * self.devices.poll_s)
        running = tuple(
            (version, int(np.count_nonzero(reported == number)))
            for number, version in enumerate(self.versions)
        )
        return Census(
            now=self.now(),
            devices=self.world.devices,
            running=tuple((version, number) for version, number in running if number),
            silent=int(np.count_nonzero(silent)),
        )

    def _members(self, cohort: Cohort) -> Flags:
        places = self._places(cohort.salt)
        return np.asarray((cohort.low <= places) & (places < cohort.high))

    def _places(self, salt: str) -> Numbers:
        if salt not in self.places_by_salt:
            self.places_by_salt[salt] = place_devices(self.world.devices, salt=salt)
        return self.places_by_salt[salt]

    def _number(self, version: str) -> int:
        if version not in self.versions:
            self.versions = (*self.versions, version)
        return self.versions.index(version)


def new_fleet(world: World) -> SimulatedFleet:
    """Return the fleet of ``world`` at its beginning: everything runs the baseline."""
    return SimulatedFleet(
        world=world,
        devices=make_devices(world),
        life=begin_life(world.devices),
        versions=(world.baseline,),
    )
