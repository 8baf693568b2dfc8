"""World: what a simulated fleet consists of, and the truth about builds that no server sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from fwrelease.errors import UsageFault
from fwrelease.fleet.schema import FLEET_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The rates, 0..1, at which a build breaks devices.

    A silent device never answers again; a reverted one reports it and runs what it ran before; a
    crashed one confirms its boot and reports a crash some hours later.
    """

    silent: float = 0.0002
    revert: float = 0.0002
    crash: float = 0.0002


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the fleet with the same hardware."""

    board: str
    revision: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A simulated fleet; poll intervals are log-normal, and a part of it polls once a day."""

    devices: int
    seed: int
    starts: datetime
    baseline: str
    strata: tuple[Stratum, ...]
    poll_median_s: float = 14_400.0
    poll_spread: float = 0.8
    daily_share: float = 0.1
    background: Truth = Truth()
    builds: Mapping[str, Truth] = field(default_factory=dict)

    def truth_of(self, version: str) -> Truth:
        """Return how a build behaves; one that is not listed behaves like the background."""
        return self.builds.get(version, self.background)


def parse_world(document: object, *, name: str) -> World:
    """Return the fleet that a parsed fleet.yaml describes (docs/schemas/fleet.json).

    Raises:
        UsageFault: with every mistake that the schema finds; ``name`` is used in the message.
    """
    import jsonschema  # noqa: PLC0415  no other command needs it

    checker = jsonschema.Draft202012Validator(FLEET_SCHEMA)
    mistakes = [
        f"{'.'.join(map(str, error.absolute_path)) or 'the file'}: {error.message}"
        for error in checker.iter_errors(document)
    ]
    if mistakes or not isinstance(document, Mapping):
        _refuse(name, "; ".join(sorted(mistakes)))
    poll = document.get("poll", {})
    world = World(
        devices=document["devices"],
        seed=document["seed"],
        starts=_read_time(document.get("starts", "2026-01-05T00:00:00Z"), name),
        baseline=document["baseline"],
        strata=_read_strata(document["boards"]),
        **{f"poll_{key}" if key != "daily_share" else key: value for key, value in poll.items()},
        background=Truth(**document.get("background", {})),
        builds={version: Truth(**truth) for version, truth in document.get("builds", {}).items()},
    )
    if abs(sum(stratum.share for stratum in world.strata) - 1.0) > 1e-6:
        _refuse(name, "boards: the shares of all revisions must add up to 1")
    return world


def _read_strata(boards: Mapping[str, Mapping[str, float]]) -> tuple[Stratum, ...]:
    return tuple(
        Stratum(board=board, revision=revision, share=share)
        for board, revisions in boards.items()
        for revision, share in revisions.items()
    )


def _read_time(value: object, name: str) -> datetime:
    """YAML turns an unquoted time into a datetime by itself; both forms are welcome."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        _refuse(name, f"starts: {value!r} is no ISO 8601 time")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _refuse(name: str, says: str) -> NoReturn:
    raise UsageFault(
        f"{name} describes no fleet: {says}", hint="docs/schemas/fleet.json describes the file"
    )
