"""``hil init``: write a lab to start from."""

import shutil
from importlib.resources import as_file
from pathlib import Path

import click

from hil.cli.output import Output, form_option
from hil.errors import UsageFault
from hil.registry import package_data


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--virtual", is_flag=True, required=True, help="Four virtual rigs and their images.")
@form_option
def init(folder: Path, form: str, **_: object) -> None:
    """Write an inventory of virtual rigs, and images for them, into FOLDER.

    Example: hil init --virtual lab
    """
    inventory = folder / "virtual.yaml"
    if inventory.exists():
        raise UsageFault(f"{inventory} is there already", hint="take another folder")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with as_file(package_data()) as data:
        shutil.copyfile(data / "virtual.yaml", inventory)
        images = sorted((data / "firmware" / "images").glob("nano-v2-*.bin"))
        for image in images:
            shutil.copyfile(image, folder / "images" / image.name)
    document = {
        "schema": 1,
        "inventory": str(inventory),
        "images": [str(folder / "images" / image.name) for image in images],
    }
    first = folder / "images" / "nano-v2-1.0.0.bin"
    text = (
        f"{inventory}: four virtual rigs, two of each revision; {len(images)} images beside it\n"
        f"next: hil run --inventory {inventory} --image nano-v2={first} --suite smoke --out out"
    )
    Output(form).document(document, text)
