"""Commands for one rig on the bench: flash, power, reset."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hil.app import Lab, nobody
from hil.cli.image import open_image
from hil.cli.output import Output, form_option, inventory_option, open_lab, state_option
from hil.errors import UsageFault
from hil.interfaces import ImageFile, Progress
from hil.inventory.fit import refusal
from hil.leases.hold import Use
from hil.links.retention import tidy
from hil.opening import open_session
from hil.registry import find_rig
from hil.session import Session

rig_option = click.option(
    "--rig", "name", required=True, help="The rig, as the inventory names it."
)
_TRIES = 3  # what a session makes of a transfer that breaks; after them a lease is overdue


@contextmanager
def in_hand(
    lab: Lab, name: str, *, why: str, progress: Progress = nobody, expected_s: float = 0
) -> Iterator[Session]:
    """Lease a rig and open it, for one command; ``expected_s`` is how long that may take.

    Raises:
        RigBusy: a process has it or somebody else holds it, and who.
    """
    rig = find_rig(lab.inventory, name)
    lease = lab.lease(rig, why=why, use=Use.BY_HAND, expected_s=expected_s)
    try:
        path = lab.state / "transcripts" / f"{rig.name}.log"
        tidy(path, keep=lab.inventory.keep, now=lab.clock.utc())
        with open_session(lab, rig, transcript=path, progress=progress) as session:
            yield session
    finally:
        lease.release()


@click.command()
@inventory_option
@rig_option
@click.option("--image", "file", type=click.Path(path_type=Path), required=True)
@state_option
@form_option
def flash(inventory: Path, name: str, file: Path, state: Path | None, form: str) -> None:
    """Put an image on one rig, prove that it is there, and start it.

    \b
    Example:
      hil flash --inventory lab/virtual.yaml --rig virt-a1 \\
                --image lab/images/nano-v2-1.0.0.bin
    """
    output = Output(form)
    lab = open_lab(inventory, state)
    rig = find_rig(lab.inventory, name)
    facts, data = open_image(file)
    refused = refusal(
        facts, lab.inventory.boards[rig.board].image, board=rig.board, revision=rig.revision
    )
    if refused is not None:
        raise UsageFault(
            f"{file} {refused.says}; {name} is {rig.board} revision {rig.revision}",
            hint="nothing was flashed; `hil image show` and `hil rig list` show both sides",
            code=refused.code,
        )
    limit_s = _TRIES * lab.inventory.boards[rig.board].flasher.timeout_s
    progress = _percent(output, name)
    with in_hand(lab, name, why="hil flash", progress=progress, expected_s=limit_s) as session:
        session.load(ImageFile(facts=facts, data=data))
        session.boot()
        document = {
            "schema": 1,
            "rig": name,
            "image_sha256": facts.sha256,
            "version": facts.shown_version,
            "proven": session.proven,
            "retries": session.flash_retries,
            "sent_bytes": session.reported.sent_bytes if session.reported else 0,
            "flash_s": round(session.reported.duration_s, 3) if session.reported else 0.0,
        }
    sent = f"{document['sent_bytes']} bytes in {document['flash_s']} s"
    how = sent if session.reported else "it held the image already"
    word = "proven on the board" if document["proven"] else "not proven: no `proof` in the YAML"
    output.document(
        document, f"{name} runs {facts.shown_version} ({facts.sha256[:12]}), {word}; {how}"
    )


def _percent(output: Output, name: str) -> Progress:
    last = ("", 0.0)

    def show(phase: str, share: float) -> None:
        nonlocal last
        if phase != last[0] or share >= last[1] + 0.25:
            last = (phase, share)
            output.note(f"{name}: {phase}" + (f" {share:.0%}" if share else ""))

    return show


@click.command()
@inventory_option
@rig_option
@click.argument("to", type=click.Choice(["on", "off", "cycle"]))
@state_option
def power(inventory: Path, name: str, to: str, state: Path | None) -> None:
    """Switch the supply of one rig.

    A virtual rig's board lives as long as its adapter: keep the lab up with `hil rig up`.

    Example: hil power --inventory lab/virtual.yaml --rig virt-a1 cycle
    """
    with in_hand(open_lab(inventory, state), name, why=f"hil power {to}") as session:
        if to in {"off", "cycle"}:
            session.line.may_vanish()
            session.power.off()
        if to in {"on", "cycle"}:
            session.power_on()


@click.command()
@inventory_option
@rig_option
@state_option
def reset(inventory: Path, name: str, state: Path | None) -> None:
    """Start the board of one rig anew.

    Example: hil reset --inventory lab/virtual.yaml --rig virt-a1
    """
    with in_hand(open_lab(inventory, state), name, why="hil reset") as session:
        session.reset()
