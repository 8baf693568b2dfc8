"""Inputs: everything a gate looks at, as values; the same inputs always get the same answer."""

from dataclasses import dataclass
from datetime import datetime

from fwrelease.builds.build import Build
from fwrelease.evidence.statement import Proof, Result
from fwrelease.gates.policy import Demand, NoDemand


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCase:
    """A case that speaks against the image, and the layer that is to blame."""

    case: str
    layer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All values of one measurement in one campaign."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One piece of accepted evidence; ``sha256`` is that of the statement's file."""

    sha256: str
    image_sha256: str
    board: str
    revision: str
    suite: str
    result: Result
    proof: Proof
    finished: datetime
    failed: tuple[FailedCase, ...] = ()
    measured: tuple[Measured, ...] = ()
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One campaign that proved nothing; it satisfies no rule and says who acts."""

    sha256: str
    image_sha256: str
    board: str
    revision: str
    suite: str
    verdict: str
    layer: str
    headline: str
    finished: datetime


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """One revision of one board, and the image that it would get."""

    board: str
    revision: str
    image_sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """The question, and all that the answer may depend on."""

    context: str
    now: datetime
    build: Build
    registered_at: datetime
    demand: Demand | NoDemand
    exhibits: tuple[Exhibit, ...]
    reports: tuple[Report, ...]


def list_targets(build: Build) -> tuple[Target, ...]:
    """Return every board and revision that the build ships for."""
    return tuple(
        sorted(
            Target(
                board=artifact.board,
                revision=revision,
                image_sha256=artifact.sha256,
                size_bytes=artifact.size_bytes,
            )
            for artifact in build.artifacts
            for revision in artifact.revisions
        )
    )
