"""``hil image``: what an image says of itself."""

from pathlib import Path

import click

from fwrelease.evidence.image import Image, recognise
from hil.cli.output import Output, form_option
from hil.errors import UsageFault

_LARGEST_BYTES = 256 * 1024 * 1024


def open_image(path: Path) -> tuple[Image, bytes]:
    """Return what the image in ``path`` says of itself, and its bytes.

    Raises:
        UsageFault: there is no such file, or it cannot be an image.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageFault(f"{path}: larger than any firmware image", hint="the right file?")
        data = path.read_bytes()
    except OSError as error:
        raise UsageFault(
            f"{path}: no image can be read there: {error.strerror}",
            hint="build it first, or check the path",
            code="NO_IMAGE",
        ) from error
    return recognise(data, name=str(path)), data


@click.group()
def image() -> None:
    """Look at firmware images."""


@image.command()
@click.argument("file", type=click.Path(path_type=Path))
@form_option
def show(file: Path, form: str) -> None:
    """Show what an image is and says of itself, and its digest.

    Raw binary, Intel HEX, ELF and MCUboot images are recognised. A dash stands for what the image
    does not say.

    Example: hil image show lab/images/nano-v2-1.0.0.bin
    """
    facts, _ = open_image(file)
    document = {
        "schema": 1,
        "file": str(file),
        "format": str(facts.format),
        "holds": str(facts.holds),
        "board": facts.board,
        "revisions": list(facts.revisions),
        "version": facts.shown_version,
        "build_id": facts.build_id,
        "machine": facts.machine,
        "entry": facts.entry,
        "segments": [
            {"address": segment.address, "size_bytes": segment.size_bytes}
            for segment in facts.segments
        ],
        "size_bytes": facts.size_bytes,
        "sha256": facts.sha256,
    }
    words = document | {
        "entry": "" if facts.entry is None else f"0x{facts.entry:08x}",
        "segments": [f"{part.size_bytes} bytes at 0x{part.address:08x}" for part in facts.segments],
    }
    lines = [f"{key:<11}{_words(value)}" for key, value in words.items() if key != "schema"]
    Output(form).document(document, "\n".join(lines))


def _words(value: object) -> str:
    return (", ".join(value) if isinstance(value, list) else str(value)) or "-"
