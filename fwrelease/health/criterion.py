"""Criterion: what a ring must show before the next one may open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCriticalEvent:
    """No device may revert, fail or fall silent: for rings too small to prove a rate.

    All of ``min_devices`` must have confirmed a boot and lived ``min_device_hours`` together.
    """

    min_devices: int
    min_device_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBelow:
    """The rate of bad devices must be proven below ``baseline_rate + margin_rate``, 0..1.

    ``baseline_rate`` is that of a good build, silence included, and is what a build is halted
    for exceeding: devices are switched off at weekends, so it is never zero.
    """

    baseline_rate: float
    margin_rate: float
    min_devices: int
    min_device_hours: float

    @property
    def ceiling_rate(self) -> float:
        """The rate that a build must be proven below."""
        return self.baseline_rate + self.margin_rate


Criterion = NoCriticalEvent | RateBelow
