"""A fleet of a few devices in memory that obeys at once, for tests of what uses a fleet."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fwrelease.health.counts import DeviceCounts
from fwrelease.interfaces import Census
from fwrelease.rollout.cohort import Cohort, is_member, position
from fwrelease.rollout.decision import Facts
from fwrelease.rollout.offer import Offer, Watch


@dataclass(slots=True, kw_only=True)
class TinyFleet:
    """Devices that take an offer when time passes, and confirm it; ``broken`` ones go silent."""

    size: int = 40
    broken: frozenset[int] = frozenset()
    baseline: str = "0.9.0"
    time: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    offers: tuple[Offer, ...] = ()
    running: dict[int, str] = field(default_factory=dict)
    since: dict[int, datetime] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the fleet's time."""
        return self.time

    def places(self, salt: str) -> Sequence[float]:
        """Return the position of every device."""
        return [position(f"tiny-{number}", salt=salt) for number in range(self.size)]

    def offer(self, offers: Sequence[Offer]) -> None:
        """Make ``offers`` all that is offered."""
        self.offers = tuple(offers)

    def advance(self, duration: timedelta) -> None:
        """Let every device that still answers do as it is told; then let ``duration`` pass."""
        for number in range(self.size):
            wanted = self._wanted(number)
            if wanted != self._running(number) and number not in self._silent():
                self.running[number], self.since[number] = wanted, self.time
        self.time += duration

    def observe(self, watch: Watch) -> Facts:
        """Return the counts of each ring."""
        counts = {name: self._count(watch, cohort) for name, cohort in watch.cohorts.items()}
        having = [n for n in range(self.size) if self._running(n) == watch.version]
        return Facts(counts=counts, still_on_build=len(set(having) - self._silent()))

    def census(self) -> Census:
        """Return what the whole fleet runs."""
        versions = sorted({self._running(number) for number in range(self.size)})
        running = [(v, sum(self._running(n) == v for n in range(self.size))) for v in versions]
        return Census(
            now=self.time,
            devices=self.size,
            running=tuple(running),
            silent=len(self._silent()),
        )

    def _running(self, number: int) -> str:
        return self.running.get(number, self.baseline)

    def _wanted(self, number: int) -> str:
        wanted = self.baseline
        for offer in self.offers:
            if number in self._members(offer.cohort):
                wanted = offer.version
        return wanted

    def _members(self, cohort: Cohort) -> set[int]:
        places = self.places(cohort.salt)
        return {number for number, place in enumerate(places) if is_member(place, cohort)}

    def _silent(self) -> set[int]:
        return {number for number in self.broken if self._running(number) != self.baseline}

    def _count(self, watch: Watch, cohort: Cohort) -> DeviceCounts:
        members = self._members(cohort)
        took = {n for n in members if n in self.since and self._running(n) == watch.version}
        quiet = took & self._silent()
        late = {n for n in quiet if self.time - self.since[n] > watch.silence_after}
        hours = sum((self.time - self.since[n]) / timedelta(hours=1) for n in took - quiet)
        counts = DeviceCounts(targeted=len(members), offered=len(took), updated=len(took))
        return replace(
            counts,
            booted_confirmed=len(took - quiet),
            silent_past_deadline=len(late),
            pending=len(quiet - late),
            device_hours=hours,
        )
