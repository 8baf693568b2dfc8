"""Builds in the ledger: the event that registers one, its tables, and how they are read back."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from fwrelease.builds.build import Artifact, Build
from fwrelease.errors import UsageFault
from fwrelease.interfaces import Entry, Row, View
from fwrelease.store.kind import Body, Change, Insert, Kind
from fwrelease.store.schema import METADATA

BUILD = Table(
    "build",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("source_commit", Text, nullable=False),
    Column("registered_at", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
)

ARTIFACT = Table(
    "artifact",
    METADATA,
    Column("sha256", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("version", Text, ForeignKey("build.version"), nullable=False),
    Column("board", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("build_id", Text, nullable=False),
    PrimaryKeyConstraint("version", "board", "revision"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRegistered:
    """A build and the digests of its images are now known."""

    kind: ClassVar[str] = "build.registered"
    build: Build


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredBuild:
    """A build, since when it is known and who is said to have registered it."""

    build: Build
    at: str
    actor: str


def _render(event: BuildRegistered) -> Body:
    build = event.build
    return {
        "version": build.version,
        "product": build.product,
        "commit": build.commit,
        "artifacts": [
            {
                "board": artifact.board,
                "revisions": list(artifact.revisions),
                "sha256": artifact.sha256,
                "size_bytes": artifact.size_bytes,
                "build_id": artifact.build_id,
            }
            for artifact in build.artifacts
        ],
    }


def _parse(body: Body) -> BuildRegistered:
    artifacts = tuple(
        Artifact(
            board=item["board"],
            revisions=tuple(item["revisions"]),
            sha256=item["sha256"],
            size_bytes=item["size_bytes"],
            build_id=item["build_id"],
        )
        for item in body["artifacts"]
    )
    return BuildRegistered(
        build=Build(
            version=body["version"],
            product=body["product"],
            commit=body["commit"],
            artifacts=artifacts,
        )
    )


def _apply(event: BuildRegistered, entry: Entry) -> tuple[Change, ...]:
    build = event.build
    head = Insert(
        BUILD,
        {
            "version": build.version,
            "product": build.product,
            "source_commit": build.commit,
            "registered_at": entry.at,
            "registered_by": entry.actor,
        },
    )
    rows = (
        Insert(ARTIFACT, _artifact_row(build.version, artifact, revision))
        for artifact in build.artifacts
        for revision in artifact.revisions
    )
    return (head, *rows)


def _artifact_row(version: str, artifact: Artifact, revision: str) -> Row:
    return {
        "sha256": artifact.sha256,
        "revision": revision,
        "version": version,
        "board": artifact.board,
        "size_bytes": artifact.size_bytes,
        "build_id": artifact.build_id,
    }


def _refers(event: BuildRegistered) -> tuple[str, ...]:
    return tuple(artifact.sha256 for artifact in event.build.artifacts)


KINDS = (
    Kind(
        event=BuildRegistered,
        version=1,
        render=_render,
        parse=_parse,
        apply=_apply,
        refers=_refers,
    ),
)


def find_build(view: View, version: str) -> RegisteredBuild | None:
    """Return the build registered as ``version``, or None."""
    rows = view.rows(BUILD, version=version)
    return _read(view, rows[0]) if rows else None


def require_build(view: View, version: str) -> RegisteredBuild:
    """Return the build registered as ``version``.

    Raises:
        UsageFault: there is none, and which there are.
    """
    found = find_build(view, version)
    if found is None:
        known = ", ".join(str(row["version"]) for row in view.rows(BUILD)) or "none"
        raise UsageFault(
            f"no build {version} is registered (known: {known})",
            hint=f"fwrelease build add {version} --image BOARD=FILE",
        )
    return found


def list_builds(view: View) -> tuple[RegisteredBuild, ...]:
    """Return all builds, in the order of their registration."""
    rows = sorted(view.rows(BUILD), key=lambda row: str(row["registered_at"]))
    return tuple(_read(view, row) for row in rows)


def find_artifact(view: View, sha256: str) -> tuple[str, Artifact] | None:
    """Return the version and the artifact whose image has the digest ``sha256``, or None."""
    rows = view.rows(ARTIFACT, sha256=sha256)
    return (str(rows[0]["version"]), _read_artifacts(rows)[0]) if rows else None


def _read(view: View, row: Row) -> RegisteredBuild:
    version = str(row["version"])
    return RegisteredBuild(
        build=Build(
            version=version,
            product=str(row["product"]),
            commit=str(row["source_commit"]),
            artifacts=_read_artifacts(view.rows(ARTIFACT, version=version)),
        ),
        at=str(row["registered_at"]),
        actor=str(row["registered_by"]),
    )


def _read_artifacts(rows: tuple[Row, ...]) -> tuple[Artifact, ...]:
    """Join the rows of one image, one per revision, into its artifact."""
    by_image: dict[str, list[Row]] = {}
    for row in rows:
        by_image.setdefault(str(row["sha256"]), []).append(row)
    return tuple(
        sorted(
            Artifact(
                board=str(same[0]["board"]),
                revisions=tuple(sorted(str(row["revision"]) for row in same)),
                sha256=sha256,
                size_bytes=int(same[0]["size_bytes"] or 0),
                build_id=str(same[0]["build_id"]),
            )
            for sha256, same in by_image.items()
        )
    )
