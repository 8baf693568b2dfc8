"""Standing: what can be said of a rig now, without touching it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hil.app import Lab
from hil.history import History, Quarantined
from hil.inventory.rig import Rig
from hil.inventory.survey import Finding, Good, Unknown
from hil.leases.hold import Hold
from hil.leases.lease import Holder
from hil.opening import find_absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rig's state, in a script's word, and why it is so, in a person's words."""

    rig: Rig
    state: str
    reason: str
    hold: Hold | None

    def render(self, now: datetime) -> dict[str, Any]:
        """Return it as one entry of `hil rig list --format json`."""
        return {
            "rig": self.rig.name,
            "board": self.rig.board,
            "revision": self.rig.revision,
            "state": self.state,
            "reason": self.reason,
            "capabilities": list(self.rig.capabilities),
            "hold": _render_hold(self.hold, now) if self.hold else None,
        }


def find_standings(lab: Lab) -> list[Standing]:
    """Return the standing of every rig of a lab, in the order of the inventory."""
    out = History(lab.state).quarantined()
    return [find_standing(lab, rig, out) for rig in lab.inventory.rigs.values()]


def find_standing(lab: Lab, rig: Rig, out: Mapping[str, Quarantined]) -> Standing:
    """Return the standing of one rig; ``out`` are the quarantined ones by name."""
    hold, holder, now = lab.hold(rig), lab.holder(rig), lab.clock.utc()
    state, reason = "free", ""
    if holder is not None:
        kept = f"; {hold.sentence(now)}" if hold else ""
        state, reason = "leased", _leased(holder, now) + kept
    elif hold is not None:
        state, reason = "held", hold.sentence(now)
    elif not rig.enabled:
        state, reason = "disabled", rig.notes or "`enabled: false`"
    elif rig.name in out:
        state, reason = "quarantined", out[rig.name].reason
    elif rig.virtual is None and (absence := find_absence(rig)):
        state, reason = "absent", absence
    return Standing(rig=rig, state=state, reason=reason, hold=hold)


def find_pool(lab: Lab, rig: Rig) -> list[Finding]:
    """Return each reason why no campaign takes a rig, or that it is in the pool.

    None of them is bad: a rig is checked before it is given back.
    """
    return list(_reasons(lab, rig)) or [Good(part="pool", says="in the pool")]


def _reasons(lab: Lab, rig: Rig) -> Iterator[Finding]:
    hold, out = lab.hold(rig), History(lab.state).quarantined().get(rig.name)
    if hold is not None:
        give_back = f"hil rig release {rig.name}"
        if hold.user != lab.user:
            give_back = f"ask them, or end it: {give_back} --force --reason WHY"
        yield Unknown(part="pool", says=hold.sentence(lab.clock.utc()), hint=give_back)
    if not rig.enabled:
        says = f"disabled: {rig.notes or 'no notes'}"
        yield Unknown(part="pool", says=says, hint="take `enabled: false` out of the inventory")
    if out is not None:
        says = f"quarantined since {out.since}: {out.reason}"
        hint = f"once it is mended: hil rig enable {rig.name}"
        yield Unknown(part="pool", says=says, hint=hint)


def _leased(holder: Holder, now: datetime) -> str:
    late_s = holder.overdue_s(now)
    late = f", overdue by {late_s:.0f} s" if late_s else ""
    return holder.sentence() + late


def _render_hold(hold: Hold, now: datetime) -> dict[str, Any]:
    return {
        "user": hold.user,
        "reason": hold.reason,
        "since": hold.since,
        "until": hold.until or None,
        "overdue": hold.is_overdue(now),
    }
