"""Virtual time: what the board's timer says, and how real time is held to it.

The core runs instructions in no virtual time. Time passes where the firmware states work, in the
flash, on the line, and while it waits; so a boot takes the same virtual time on any host. Real
time follows: virtual time never runs ahead of it, and when the host was late nothing is made up
for, so that a waiting window is never shorter than it says.
"""

from collections.abc import Callable
from dataclasses import dataclass

_US_PER_S = 1_000_000


@dataclass(slots=True, kw_only=True)
class VirtualClock:
    """Microseconds since the last reset.

    ``real_s`` is a monotonic clock. ``slow`` multiplies what work takes; the timer stays accurate.
    """

    real_s: Callable[[], float]
    slow: float = 1.0
    now_us: int = 0
    _synced_us: int = 0
    _synced_real_s: float = 0.0

    def restart(self) -> None:
        """Begin again at 0, as the timer does at a reset."""
        self.now_us = self._synced_us = 0
        self._synced_real_s = self.real_s()

    def work(self, us: float) -> None:
        """Let the board work for ``us``, longer on a slow board."""
        self.now_us += round(us * self.slow)

    def spend(self, us: float) -> None:
        """Let ``us`` pass that do not depend on how fast the board works."""
        self.now_us += round(us)

    def due_s(self, until_us: int) -> float:
        """Return the real time, monotonic seconds, at which virtual time is ``until_us``."""
        return self._synced_real_s + (until_us - self._synced_us) / _US_PER_S

    def sync(self) -> None:
        """Take the present real moment as the moment of ``now_us``."""
        self._synced_us = self.now_us
        self._synced_real_s = self.real_s()

    def wake(self, *, no_later_than_us: int | None) -> None:
        """Let the real time slept since the last sync pass on the board too."""
        slept_s = self.real_s() - self._synced_real_s
        now_us = self._synced_us + round(slept_s * _US_PER_S)
        if no_later_than_us is not None:
            now_us = min(now_us, no_later_than_us)
        self.now_us = max(now_us, self.now_us)
        self.sync()
