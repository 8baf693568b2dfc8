"""``hil rig discover`` and ``hil rig import``: an inventory to start from."""

from dataclasses import asdict
from pathlib import Path

import click

from hil.cli.output import Output, form_option
from hil.errors import UsageFault
from hil.inventory.discover import NOTHING_FOUND, describe
from hil.inventory.document import read_document
from hil.inventory.twister import import_map
from hil.links.ports import find_ports


@click.command()
@form_option
def discover(form: str) -> int:
    """Print an inventory for the serial ports of this host. No port is opened.

    The board is a placeholder to complete; exit code 3 says that there is no port.

    Example: hil rig discover > hil.yaml
    """
    output = Output(form)
    ports = find_ports()
    text = describe(ports)
    document = {"schema": 1, "ports": [asdict(port) for port in ports], "inventory": text}
    output.document(document, text.rstrip("\n"))
    if not ports:
        output.note(f"hil: {NOTHING_FOUND}")
    return 0 if ports else 3


@click.command("import")
@click.argument("map_file", metavar="MAP.yaml", type=click.Path(path_type=Path))
@form_option
def import_hardware_map(map_file: Path, form: str) -> None:
    """Print a Twister hardware map as an inventory; what does not fit is said.

    Example: hil rig import map.yaml > hil.yaml
    """
    output = Output(form)
    try:
        text = map_file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageFault(
            f"{map_file}: cannot be read: {error}", hint="give a hardware map of Twister"
        ) from error
    got = import_map(read_document(text, name=str(map_file)))
    document = {"schema": 1, "inventory": got.text, "losses": list(got.losses)}
    output.document(document, got.text.rstrip("\n"))
    for loss in got.losses:
        output.note(f"not carried over: {loss}")
