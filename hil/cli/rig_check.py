"""``hil rig check``: each part of a rig, and which is bad and why."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from hil.app import Lab
from hil.cli.bench import in_hand
from hil.cli.output import Output, form_option, inventory_option, open_lab, state_option
from hil.errors import HilFault, RigBusy, RigFault, UsageFault
from hil.inventory.rig import Rig
from hil.inventory.survey import (
    Bad,
    Finding,
    Good,
    Unknown,
    judge_board,
    judge_locks,
    judge_port,
)
from hil.links.host import Roots, gather_locks, gather_port
from hil.links.ports import find_ports
from hil.links.transcript import Cursor
from hil.opening import whereabouts
from hil.registry import find_rig
from hil.session import Session
from hil.standing import find_pool

_QUIET_S = 1.0
_WORD = {Good: "good", Unknown: "unknown", Bad: "bad"}


@click.command()
@click.argument("name")
@inventory_option
@state_option
@form_option
def check(name: str, inventory: Path, state: Path | None, form: str) -> int:
    """Test each part of a rig, from the leases to its image; say which is bad and why.

    What keeps the line from opening is looked for before it is opened; then the board is
    power-cycled, heard, and stopped in its bootloader. Exit code 3: a part is bad.

    Example: hil rig check virt-a1 --inventory lab/virtual.yaml
    """
    lab = open_lab(inventory, state)
    rig = find_rig(lab.inventory, name)
    findings = survey(lab, rig, Roots())
    if not any(isinstance(finding, Bad) for finding in findings):
        findings += _drive(lab, rig)
    parts = [render_finding(finding) for finding in findings]
    text = "\n".join(map(finding_line, findings))
    Output(form).document({"schema": 1, "rig": name, "parts": parts}, text)
    return 3 if any(isinstance(finding, Bad) for finding in findings) else 0


def survey(lab: Lab, rig: Rig, roots: Roots) -> list[Finding]:
    """Return what can be said of a rig without opening its line."""
    path = rig.serial if isinstance(rig.serial, str) else ""
    findings = [judge_locks(gather_locks(lab.locks, serial=path, roots=roots))]
    findings += find_pool(lab, rig)
    holder = lab.holder(rig)
    if holder is not None:
        hint = f"wait for it, or end it: hil rig release {rig.name} --force --reason WHY"
        findings.append(Bad(part="lease", says=f"in use by {holder.sentence()}", hint=hint))
    is_device = "://" not in path and "{" not in path and os.name == "posix"
    if rig.virtual is None and is_device:
        findings += _survey_port(rig, roots)
    return findings


def _survey_port(rig: Rig, roots: Roots) -> list[Finding]:
    try:
        where = whereabouts(rig.serial, {})
        facts = gather_port(where.find(rig.name), find_ports(), roots=roots)
    except RigFault as fault:
        return [Bad(part="device", says=fault.message, hint=fault.hint)]
    if not isinstance(rig.serial, str):
        facts = replace(facts, found_by=where.described)
    return judge_port(facts)


def _drive(lab: Lab, rig: Rig) -> list[Finding]:
    """Return what came of using the rig, up to the first part that failed."""
    findings: list[Finding] = []
    part = "line"
    try:
        with in_hand(lab, rig.name, why="hil rig check") as session:
            findings.append(Good(part=part, says=session.line.url))
            for part, act in _acts(session):  # noqa: B007 (an error is one of the part it was at)
                findings.append(act())
    except RigBusy as busy:
        findings.append(Bad(part="lease", says=busy.message, hint=busy.hint))
    except UsageFault as fault:
        findings.append(Bad(part="inventory", says=fault.message, hint=fault.hint))
    except HilFault as fault:
        findings.append(Bad(part=part, says=f"{fault.code}: {fault.message}", hint=fault.hint))
    return findings


def _acts(session: Session) -> Iterator[tuple[str, Callable[[], Finding]]]:
    since = session.mark()

    def power() -> Finding:
        nonlocal since
        since = session.power_cycle()
        return Good(part="power", says=session.rig.power.driver)

    def board() -> Finding:
        return judge_board(session.rig.name, _first_words(session, since))

    def bootloader() -> Finding:
        session.restart()
        return Good(part="bootloader", says="reached")

    yield "power", power
    yield "board", board
    if session.board.flasher.entry is not None:
        yield "bootloader", bootloader


def _first_words(session: Session, since: Cursor) -> bytes:
    """Return what the board says once it has power, up to its first moment of silence.

    Raises:
        LinkClosed: the line went meanwhile; a board that is a program may have ended.
    """
    transcript, limit_s = session.line.transcript, session.board.console.boot_timeout_s
    transcript.wait_data(since, session.clock.monotonic() + limit_s)
    said = transcript.settled(since, quiet_s=_QUIET_S, within_s=limit_s)
    if transcript.closed is not None:
        raise session.line.lost()
    return said


def render_finding(finding: Finding) -> dict[str, str]:
    """Return a finding as an entry of a JSON document."""
    hint = "" if isinstance(finding, Good) else finding.hint
    state = _WORD[type(finding)]
    return {"part": finding.part, "state": state, "says": finding.says, "hint": hint}


def finding_line(finding: Finding) -> str:
    """Return a finding as a line of text, with its hint below it."""
    told = f"{finding.part:<16}{_WORD[type(finding)]:<9}{finding.says}"
    return told if isinstance(finding, Good) else f"{told}\n{'':<25}-> {finding.hint}"
