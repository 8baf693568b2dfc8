"""Build: one version of the firmware, with one image for each board and revision it ships for."""

from collections.abc import Iterable
from dataclasses import dataclass

from fwrelease.errors import UsageFault
from fwrelease.evidence.image import Image

_TOGETHER = "name every image: --image BOARD[:REVISION]=FILE"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Artifact:
    """One image file of a build, and the revisions of its board that it is shipped to."""

    board: str
    revisions: tuple[str, ...]
    sha256: str
    size_bytes: int
    build_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A version that was registered; it never changes afterwards."""

    version: str
    product: str
    commit: str
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the person who registers an image says it is for; no revision means all of its own.

    What the image says of itself must agree; where it says nothing, the claim stands.
    """

    board: str
    revision: str | None
    image: Image
    name: str


def assemble(claims: Iterable[Claim], *, version: str, product: str, commit: str) -> Build:
    """Return the build that ``claims`` make up.

    Raises:
        UsageFault: an image is of another version or board, or two claim the same revision.
    """
    taken: dict[tuple[str, str], Image] = {}
    for claim in claims:
        _check(claim, version)
        for revision in (claim.revision,) if claim.revision else claim.image.revisions:
            holder = taken.setdefault((claim.board, revision), claim.image)
            if holder.sha256 != claim.image.sha256:
                raise UsageFault(
                    f"{claim.name}: another image is already given for {claim.board}:{revision}",
                    hint="give each board and revision one image: --image BOARD:REVISION=FILE",
                )
    if not taken:
        raise UsageFault(f"{version} has no image", hint=_TOGETHER)
    return Build(version=version, product=product, commit=commit, artifacts=_group(taken))


def _check(claim: Claim, version: str) -> None:
    image = claim.image
    if image.version and image.version != version:
        raise UsageFault(
            f"{claim.name}: the image says it is {image.version}, not {version}",
            hint=f"register it as {image.version}, or rebuild it with the right version",
        )
    if image.board and image.board != claim.board:
        raise UsageFault(
            f"{claim.name}: the image is for {image.board}, not {claim.board}",
            hint=f"write --image {image.board}={claim.name}",
        )
    if claim.revision is None and not image.revisions:
        raise UsageFault(
            f"{claim.name}: the image does not say for which revisions it is",
            hint=f"say so: --image {claim.board}:REVISION={claim.name}",
        )
    if claim.revision and image.revisions and claim.revision not in image.revisions:
        raise UsageFault(
            f"{claim.name}: the image is for revisions {', '.join(image.revisions)} of"
            f" {image.board}, not {claim.revision}",
            hint="check the revision, or build an image for it",
        )


def _group(taken: dict[tuple[str, str], Image]) -> tuple[Artifact, ...]:
    """Return one artifact per board and image, its revisions sorted."""
    revisions: dict[tuple[str, Image], list[str]] = {}
    for (board, revision), image in taken.items():
        revisions.setdefault((board, image), []).append(revision)
    artifacts = (
        Artifact(
            board=board,
            revisions=tuple(sorted(letters)),
            sha256=image.sha256,
            size_bytes=image.size_bytes,
            build_id=image.build_id,
        )
        for (board, image), letters in revisions.items()
    )
    return tuple(sorted(artifacts))
