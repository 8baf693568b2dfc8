"""Campaign: one image set over a suite; what is asked, where, and what was seen so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.campaigns.attempt import Attempt, Outcome, WaveKind
from hil.campaigns.case import CaseId
from hil.campaigns.wave import Wave

Place = tuple[str, str]
"""A board and a revision of it."""

BUSY, HELD, DISABLED = "BUSY", "HELD", "DISABLED"
"""How the reason begins why a rig does not take part: leased by another process, reserved by a
person, out of use in the inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RigSeat:
    """A rig that takes part. ``out_because`` says why it no longer counts, or is empty."""

    rig: str
    board: str
    revision: str
    out_because: str = ""

    @property
    def place(self) -> Place:
        """The board and revision that it can run."""
        return self.board, self.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """All that the next decision needs.

    ``required`` is None until the suite was collected once. ``candidates`` and ``last_good`` are
    image digests by board and revision; a place without a last good build is absent.
    """

    rigs: tuple[RigSeat, ...]
    candidates: Mapping[Place, str]
    last_good: Mapping[Place, str] = field(default_factory=dict)
    required: frozenset[CaseId] | None = None
    attempts: tuple[Attempt, ...] = ()
    waves: tuple[Wave, ...] = ()

    @property
    def live_rigs(self) -> tuple[RigSeat, ...]:
        """The rigs that still count."""
        return tuple(seat for seat in self.rigs if not seat.out_because)

    def live_attempts(self, kind: WaveKind) -> tuple[Attempt, ...]:
        """Return the attempts of such waves on rigs that still count.

        What a rig said that turned out to be faulty counts neither for nor against an image.
        """
        live = {seat.rig for seat in self.live_rigs}
        return tuple(a for a in self.attempts if a.wave is kind and a.rig in live)

    def answers(self, case: CaseId) -> tuple[Attempt, ...]:
        """Return the live main attempts of a case that say something about the image."""
        return tuple(
            attempt
            for attempt in self.live_attempts(WaveKind.MAIN)
            if attempt.case == case and attempt.outcome is not Outcome.ERRORED
        )
