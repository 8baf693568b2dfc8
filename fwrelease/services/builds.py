"""Builds: register the images of a version, list and show what is registered."""

from dataclasses import dataclass
from pathlib import Path

from fwrelease.builds.build import Build, Claim, assemble
from fwrelease.builds.version import parse_version
from fwrelease.errors import UsageFault
from fwrelease.evidence.image import recognise
from fwrelease.interfaces import View
from fwrelease.services.workspace import Workspace
from fwrelease.store.builds import (
    BuildRegistered,
    RegisteredBuild,
    find_build,
    list_builds,
    require_build,
)
from fwrelease.store.evidence import AcceptedEvidence, list_evidence

_LARGEST_IMAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image as it was named on the command line: BOARD[:REVISION]=FILE."""

    board: str
    revision: str | None
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBuild:
    """A build with all the evidence about it."""

    registered: RegisteredBuild
    evidence: tuple[AcceptedEvidence, ...]


def add_build(
    workspace: Workspace, images: tuple[ImageFile, ...], *, version: str, product: str, commit: str
) -> RegisteredBuild:
    """Register a build and keep its images; the same again changes nothing.

    Raises:
        UsageFault: an image does not fit, or the version is registered with other images.
        IntegrityFault: an image's bytes do not match a digest or checksum in it.
    """
    name = parse_version(version).text
    files = [(image, _read(image.path)) for image in images]
    claims = [
        Claim(
            board=image.board,
            revision=image.revision,
            image=recognise(data, name=str(image.path)),
            name=str(image.path),
        )
        for image, data in files
    ]
    build = assemble(claims, version=name, product=product, commit=commit)
    with workspace.read() as view:
        known = find_same(view, build)
    if known:
        return known
    for _, data in files:
        workspace.vault.put(data)
    with workspace.write() as transaction:
        if not find_same(transaction, build):
            transaction.append(BuildRegistered(build=build), key=f"build:{name}")
        return require_build(transaction, name)


def find_same(view: View, build: Build) -> RegisteredBuild | None:
    """Return the registered build of this version, if there is one; it has the same images.

    Raises:
        UsageFault: it has others; a version stands for the same bytes for ever.
    """
    known = find_build(view, build.version)
    if known and known.build.artifacts != build.artifacts:
        theirs, ours = set(known.build.artifacts), set(build.artifacts)
        differing = ", ".join(sorted({artifact.board for artifact in theirs ^ ours}))
        raise UsageFault(
            f"{build.version} is registered already, with other images for {differing}",
            hint="a version stands for the same bytes for ever: give the new images a new version",
        )
    return known


def show_builds(workspace: Workspace) -> tuple[RegisteredBuild, ...]:
    """Return all builds, in the order of their registration."""
    with workspace.read() as view:
        return list_builds(view)


def show_build(workspace: Workspace, version: str) -> ShownBuild:
    """Return one build and its evidence.

    Raises:
        UsageFault: it is not registered.
    """
    with workspace.read() as view:
        registered = require_build(view, version)
        return ShownBuild(registered=registered, evidence=list_evidence(view, version=version))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_IMAGE_BYTES:
            raise UsageFault(
                f"{path}: larger than {_LARGEST_IMAGE_BYTES} bytes, so hardly a firmware image",
                hint="name the image that is flashed, not a disk image",
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageFault(
            f"{path}: cannot be read: {error.strerror}",
            hint="check the name: --image BOARD[:REVISION]=FILE",
        ) from error
