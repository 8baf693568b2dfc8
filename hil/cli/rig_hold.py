"""``hil rig hold`` and ``hil rig release``: a rig kept by a person, and given back."""

import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click

from hil.app import Lab
from hil.cli.output import Output, form_option, inventory_option, open_lab, state_option
from hil.errors import UsageFault
from hil.history import Deed, History
from hil.inventory.rig import Rig
from hil.leases.eviction import Patience, evict
from hil.leases.hold import Hold, lift_hold, place_hold, refuse_held
from hil.registry import find_rig, hold_identities, physical_identities

_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")


def parse_duration(text: str) -> timedelta:
    """Return a time span such as ``30m``, ``4h`` or ``1d12h``.

    Raises:
        UsageFault: it is none, or no time at all.
    """
    found = _DURATION.fullmatch(text)
    if found and any(found.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        with suppress(OverflowError):
            span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            if span:
                return span
    raise UsageFault(f"{text!r} is no time span", hint="write it as 30m, 4h or 1d12h")


@click.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; everybody who lists the rigs sees it.")
@click.option("--for", "span", default="", metavar="TIME", help="How long: 30m, 4h, 1d12h.")
@inventory_option
@state_option
@form_option
def hold(name: str, reason: str, span: str, inventory: Path, state: Path | None, form: str) -> None:
    """Keep a rig for yourself: no campaign takes it, your own commands for it work.

    It stays until `hil rig release`; past its time it is listed as overdue. Held again, it has the
    new reason, and the end that it had unless --for gives another.

    Example: hil rig hold virt-a1 --reason "probing the reset line" --for 4h
    """
    lab = open_lab(inventory, state)
    rig = find_rig(lab.inventory, name)
    now = lab.clock.utc()
    before = lab.hold(rig)
    until = _ends(lab, span) or (before.until if before else "")
    kept = Hold(rig=name, user=lab.user, reason=reason, since=lab.now(), until=until)
    place_hold(hold_identities(rig, state=lab.state), kept, folder=lab.locks, now=now)
    replaced = [before] if before else []
    _note(lab, name, "hold", reason)
    holder = lab.holder(rig)
    still = f"\nstill in use by {holder.sentence()}; yours after that" if holder else ""
    document = {
        "schema": 1,
        "rig": name,
        "did": ["held", *(f"no longer {each.sentence(now)}" for each in replaced)],
        "leased_by": holder.sentence() if holder else None,
        "until": until or None,
    }
    said = [f"{name} is {kept.sentence(now)}"]
    said += [f"it is no longer {each.sentence(now)}" for each in replaced]
    Output(form).document(document, "\n".join(said) + still)


def _ends(lab: Lab, span: str) -> str:
    if not span:
        return ""
    try:
        return (lab.clock.utc() + parse_duration(span)).isoformat(timespec="seconds")
    except OverflowError as error:
        raise UsageFault(f"{span} from now is no date", hint="leave out --for") from error


@click.command()
@click.argument("name")
@click.option(
    "--force",
    "force",
    flag_value="force",
    default="",
    type=str,
    help="Also end another user's hold, and the process that has the rig.",
)
@click.option("--reason", default="", help="Why; needed with --force, and kept.")
@inventory_option
@state_option
@form_option
def release(
    name: str, force: str, reason: str, inventory: Path, state: Path | None, form: str
) -> None:
    """Give a rig back to the pool: end your hold on it.

    With --force the process that has it is asked to end, and killed where it does not; so ends
    another user's hold. A CI job's process is left to its CI system.

    \b
    Example: hil rig release virt-a1
             hil rig release virt-a1 --force --reason "Ana is on holiday"
    """
    if force and not reason:
        raise UsageFault("--force needs a --reason", hint='--reason "why it cannot wait"')
    lab = open_lab(inventory, state)
    rig = find_rig(lab.inventory, name)
    kept = lab.hold(rig)
    if kept is not None and kept.user != lab.user and not force:
        held = refuse_held(kept, user=lab.user, now=lab.clock.utc())
        raise UsageFault(held.message, hint=held.hint, code=held.code)
    did = _end_holder(lab, rig, force=force) if force or kept is None else []
    if kept is not None:
        lift_hold(hold_identities(rig, state=lab.state), folder=lab.locks)
        did.append(f"no longer {kept.sentence(lab.clock.utc())}")
    if did:
        _note(lab, name, "; ".join(did), reason or "its own")
    holder = lab.holder(rig)
    document = {
        "schema": 1,
        "rig": name,
        "did": did,
        "leased_by": holder.sentence() if holder else None,
        "until": None,
    }
    said = [f"{name}: {line}" for line in did] or [f"{name}: nobody held it"]
    said += [f"still in use by {holder.sentence()}"] if holder else []
    Output(form).document(document, "\n".join(said))


def _end_holder(lab: Lab, rig: Rig, *, force: str) -> list[str]:
    """End the process that has a rig, where that was asked for."""
    holder = lab.holder(rig)
    if holder is None:
        return []
    if not force:
        raise UsageFault(
            f"{rig.name} is in use by {holder.sentence()}, nobody holds it",
            hint="wait for it, or end it: --force --reason WHY",
            code="RIG_BUSY",
        )
    identities = physical_identities(rig, state=lab.state)
    return [evict(holder, identities, folder=lab.locks, patience=Patience()).sentence()]


def _note(lab: Lab, rig: str, did: str, reason: str) -> None:
    History(lab.state).note(Deed(rig=rig, at=lab.now(), user=lab.user, did=did, reason=reason))
