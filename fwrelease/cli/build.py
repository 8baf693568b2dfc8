"""``fwrelease build``: register images, list and show builds."""

import re
from pathlib import Path
from typing import Any

import click

from fwrelease.app import App
from fwrelease.builds.build import Artifact
from fwrelease.cli.console import Console, example, with_console
from fwrelease.errors import UsageFault
from fwrelease.services.builds import ImageFile, add_build, show_build, show_builds
from fwrelease.store.builds import RegisteredBuild
from fwrelease.store.evidence import AcceptedEvidence

_IMAGE = re.compile(r"(?P<board>[A-Za-z0-9._/-]+)(?::(?P<revision>[A-Za-z0-9._-]+))?=(?P<file>.+)")


@click.group()
def build() -> None:
    """Register images, list and show builds."""


@build.command(
    "add",
    epilog=example(
        "fwrelease build add 1.1.0 --image nano-v2=nano.bin --image micro-v1:b=micro.bin"
    ),
)
@click.argument("version")
@click.option("--image", "images", multiple=True, required=True, metavar="BOARD[:REVISION]=FILE")
@click.option("--commit", default="", help="the commit that the images were built from")
@click.option("--product", default="firmware", show_default=True, help="what it is a version of")
@with_console
@click.pass_obj
def add(
    app: App, version: str, images: tuple[str, ...], commit: str, product: str, console: Console
) -> int:
    """Register VERSION with all its images; what is registered never changes.

    What an image says of itself (version, board, revisions) must agree; for one that says nothing,
    name the revision too: BOARD:REVISION=FILE. The same again is fine.
    """
    registered = add_build(
        app.workspace(),
        tuple(map(parse_image, images)),
        version=version,
        product=product,
        commit=commit,
    )
    console.answer({"schema": 1, **render_build(registered)}, write_build(registered))
    return 0


@build.command("list", epilog=example("fwrelease build list --format json"))
@with_console
@click.pass_obj
def list_(app: App, console: Console) -> int:
    """List the registered builds, oldest first."""
    found = show_builds(app.workspace())
    text = "\n".join(
        f"{item.build.version}  {item.build.product}  {item.at[:16]}  "
        + ", ".join(_name(artifact) for artifact in item.build.artifacts)
        for item in found
    )
    console.answer(
        {"schema": 1, "builds": [render_build(item) for item in found]},
        text or "no build is registered",
    )
    return 0


@build.command("show", epilog=example("fwrelease build show 1.1.0"))
@click.argument("version")
@with_console
@click.pass_obj
def show(app: App, version: str, console: Console) -> int:
    """Show the images of VERSION and the evidence about them."""
    shown = show_build(app.workspace(), version)
    evidence = [render_evidence(item) for item in shown.evidence]
    lines = [write_build(shown.registered), *map(write_evidence, shown.evidence)]
    console.answer(
        {"schema": 1, **render_build(shown.registered), "evidence": evidence}, "\n".join(lines)
    )
    return 0


def parse_image(text: str) -> ImageFile:
    """Return what ``--image BOARD[:REVISION]=FILE`` names.

    Raises:
        UsageFault: it is not of that form.
    """
    found = _IMAGE.fullmatch(text)
    if found is None:
        raise UsageFault(
            f"--image {text!r} names no board and file",
            hint="write --image BOARD=FILE or --image BOARD:REVISION=FILE",
        )
    return ImageFile(
        board=found["board"], revision=found["revision"] or None, path=Path(found["file"])
    )


def render_build(registered: RegisteredBuild) -> dict[str, Any]:
    """Return a build as programs read it."""
    return {
        "version": registered.build.version,
        "product": registered.build.product,
        "commit": registered.build.commit,
        "registered_at": registered.at,
        "registered_by": registered.actor,
        "artifacts": [
            {
                "board": artifact.board,
                "revisions": list(artifact.revisions),
                "sha256": artifact.sha256,
                "size_bytes": artifact.size_bytes,
                "build_id": artifact.build_id,
            }
            for artifact in registered.build.artifacts
        ],
    }


def write_build(registered: RegisteredBuild) -> str:
    """Return a build as people read it."""
    found = registered.build
    origin = f" from {found.commit}" if found.commit else ""
    known = f"registered {registered.at[:16]} by {registered.actor}"
    images = (
        f"  {_name(artifact)}  {artifact.size_bytes} bytes  sha256 {artifact.sha256}"
        for artifact in found.artifacts
    )
    return "\n".join((f"{found.version} of {found.product}{origin}, {known}", *images))


def render_evidence(accepted: AcceptedEvidence) -> dict[str, Any]:
    """Return accepted evidence as programs read it."""
    event = accepted.event
    return {
        "sha256": event.sha256,
        "image_sha256": event.image_sha256,
        "version": event.version,
        "board": event.board,
        "revision": event.revision,
        "suite": event.suite,
        "says": event.says,
        "finished": event.finished,
        "signed_by": list(event.signed_by),
        "accepted_at": accepted.at,
        "accepted_by": accepted.actor,
    }


def write_evidence(accepted: AcceptedEvidence) -> str:
    """Return accepted evidence as one line."""
    event = accepted.event
    signed = f", signed by {', '.join(event.signed_by)}" if event.signed_by else ""
    return (
        f"  {event.suite} {event.says} on {event.board} revision {event.revision}"
        f"  {event.finished[:16]}  {event.sha256[:12]}{signed}"
    )


def _name(artifact: Artifact) -> str:
    return f"{artifact.board}:{','.join(artifact.revisions)}"
