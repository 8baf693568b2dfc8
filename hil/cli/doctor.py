"""``hil doctor``: what is wrong with this machine, and a bundle for whoever is to help."""

from pathlib import Path
from typing import Any

import click

from hil.app import Lab, default_inventory, default_state
from hil.cli.output import Output, form_option, state_option
from hil.cli.rig_check import finding_line, render_finding
from hil.doctor import collect, examine, examine_inventory
from hil.errors import UsageFault
from hil.inventory.rig import Inventory
from hil.inventory.survey import Bad, Finding, Unknown
from hil.registry import load_inventory


@click.command()
@click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    envvar="HIL_INVENTORY",
    help="The lab. Without it: ./hil.yaml, else the user's folder; it may be missing or wrong.",
)
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="FILE.zip",
    help="Write versions, inventory, rigs, transcripts and the last campaign's result there.",
)
@state_option
@form_option
def doctor(inventory: Path | None, bundle: Path | None, state: Path | None, form: str) -> int:
    """Look this machine over: what a lab needs, what is missing; no rig is touched.

    A bundle holds what a colleague needs to help. What looks like a secret is masked in it;
    look through it before you give it away. Exit code 3: something is bad.

    \b
    Example: hil doctor
             hil doctor --bundle lab.zip
    """
    output = Output(form)
    path, known, told = _find_lab(inventory)
    lab = Lab(known, (state or default_state()).absolute())
    findings = [*examine(lab), *(told or examine_inventory(lab))]
    document: dict[str, Any] = {
        "schema": 1,
        "parts": [render_finding(finding) for finding in findings],
        "bundle": None,
    }
    text = "\n".join(map(finding_line, findings))
    if bundle is not None:
        packed = collect(lab, document, inventory=path)
        manifest = packed.write(bundle, made=lab.now())
        document["bundle"] = {"path": str(bundle), "manifest": manifest}
        files = [f"  {each.size_bytes:>9} {each.name}" for each in packed.packed]
        text = "\n".join([text, f"{bundle}: {manifest['warning']}", *files])
    output.document(document, text)
    return 3 if any(isinstance(finding, Bad) for finding in findings) else 0


def _find_lab(given: Path | None) -> tuple[Path | None, Inventory, list[Finding]]:
    """Return where the inventory is, what is in it, and what stands in the way of that."""
    empty = Inventory(source="none", boards={}, rigs={})
    try:
        path = given or default_inventory()
    except UsageFault as fault:
        return None, empty, [Unknown(part="inventory", says=fault.message, hint=fault.hint)]
    try:
        return path, load_inventory(path), []
    except UsageFault as fault:
        return path, empty, [Bad(part="inventory", says=fault.message, hint=fault.hint)]
