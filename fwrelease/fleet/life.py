"""Life: what happens to each simulated device, as a function of its offers alone.

A device polls by its own schedule. A poll that finds another version desired takes the offer: it
installs within hours, boots, and then confirms, reverts, crashes some time later, or never answers
again. Every delay and outcome follows from (seed, device, build), so a day in one step and a day in
24 steps are the same day.
"""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fwrelease.fleet.chance import Indices, Numbers, lognormals, uniforms
from fwrelease.fleet.device import Devices, next_poll
from fwrelease.fleet.world import World

Labels = npt.NDArray[np.int16]
NOTHING = -1


class Outcome(enum.IntEnum):
    """What becomes of an installation."""

    GOOD = 0
    SILENT = 1
    REVERT = 2
    CRASH = 3


@dataclass(slots=True, kw_only=True)
class Life:
    """The state of every device; versions are numbers, times are seconds since the fleet's start.

    ``running`` is what a device runs once its latest attempt is over; ``before`` what it ran until
    the attempt; ``refused`` what it reverted from, and is not offered again unless it shall go back
    to it. Versions are numbered in the order of their first offer, so back is to a lower number.
    """

    desired: Labels
    running: Labels
    before: Labels
    refused: Labels
    attempt: Labels
    outcome: Labels
    tries: Labels
    free_from: Numbers
    offered_at: Numbers
    installed_at: Numbers
    settled_at: Numbers
    crash_at: Numbers
    dead_at: Numbers


def begin_life(count: int) -> Life:
    """Return a fleet that runs version 0 and was offered nothing."""
    never = np.full(count, np.inf)
    nothing = np.full(count, NOTHING, dtype=np.int16)
    first = np.zeros(count, dtype=np.int16)
    return Life(
        desired=first.copy(),
        running=first.copy(),
        before=first.copy(),
        refused=nothing.copy(),
        attempt=nothing.copy(),
        outcome=first.copy(),
        tries=first.copy(),
        free_from=np.full(count, -np.inf),
        offered_at=never.copy(),
        installed_at=never.copy(),
        settled_at=never.copy(),
        crash_at=never.copy(),
        dead_at=never.copy(),
    )


def desire(life: Life, wanted: Labels, *, now_s: float) -> None:
    """Make ``wanted`` what each device shall run; it learns of that at its next poll."""
    changed = life.desired != wanted
    life.desired[changed] = wanted[changed]
    life.free_from[changed] = np.maximum(life.free_from[changed], now_s)


def live_until(
    life: Life, devices: Devices, world: World, versions: tuple[str, ...], *, until_s: float
) -> None:
    """Let time pass, while what is desired stays as it is.

    One round is enough for nearly all devices; those that fail to go back try again at each poll.
    """
    while True:
        allowed = (life.desired != life.refused) | (life.desired < life.running)
        willing = (life.desired != life.running) & allowed
        polls = next_poll(devices, np.where(willing, life.free_from, 0.0))
        takes = willing & (polls <= until_s) & (polls < life.dead_at)
        if not takes.any():
            return
        for number in np.unique(life.desired[takes]):
            who = np.flatnonzero(takes & (life.desired == number))
            _install(life, world, versions, who, at=polls[who])


def _install(
    life: Life, world: World, versions: tuple[str, ...], who: Indices, *, at: Numbers
) -> None:
    number = life.desired[who]
    version = versions[int(number[0])]
    draws = who + life.tries[who].astype(np.int64) * world.devices  # each try has its own luck
    life.tries[who] += 1
    outcome = _draw_outcome(world, version, draws)
    life.attempt[who], life.outcome[who] = number, outcome
    life.before[who] = life.running[who]
    life.offered_at[who] = at
    life.installed_at[who] = at + _install_s(world, version, draws)
    boot = uniforms(draws, seed=world.seed, purpose=f"boot/{version}")
    stays = np.where(outcome == Outcome.REVERT, 300.0, 900.0 + 2700.0 * boot)
    life.settled_at[who] = life.installed_at[who] + stays
    life.free_from[who] = life.settled_at[who]
    hours = -np.log1p(-uniforms(draws, seed=world.seed, purpose=f"crash/{version}")) * 8.0
    crash = life.settled_at[who] + hours * 3600.0
    life.crash_at[who] = np.where(outcome == Outcome.CRASH, crash, np.inf)
    silent = outcome == Outcome.SILENT
    life.dead_at[who] = np.where(silent, life.installed_at[who], np.inf)
    reverts = outcome == Outcome.REVERT
    life.refused[who[reverts]] = number[reverts]
    life.running[who[~reverts]] = number[~reverts]


def _draw_outcome(world: World, version: str, who: Indices) -> Labels:
    truth = world.truth_of(version)
    drawn = uniforms(who, seed=world.seed, purpose=f"outcome/{version}")
    ends = np.cumsum([truth.silent, truth.revert, truth.crash])
    kinds = np.array([Outcome.SILENT, Outcome.REVERT, Outcome.CRASH, Outcome.GOOD], dtype=np.int16)
    return kinds[np.searchsorted(ends, drawn, side="right")]


def _install_s(world: World, version: str, who: Indices) -> Numbers:
    """Download and install: 40 minutes in the median, from 5 minutes to 6 hours."""
    drawn = lognormals(
        who, median=2400.0, spread=0.6, seed=world.seed, purpose=f"install/{version}"
    )
    return np.clip(drawn, 300.0, 21_600.0)
