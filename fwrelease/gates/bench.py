"""Bench: one board and revision that a build ships for, with all that is known about its image."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fwrelease.evidence.statement import Proof, Result
from fwrelease.gates.inputs import Exhibit, GateInputs, Report, Target, list_targets
from fwrelease.gates.policy import Demand, Unsigned
from fwrelease.gates.rule import ProofNeeded

LAB, TEST_OWNER, POLICY_OWNER = "lab", "owner of the test", "keeper of policy.yaml"

_T = TypeVar("_T", Exhibit, Report)
_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is known of one target, and the moment at which it is judged."""

    target: Target
    now: datetime
    demand: Demand
    exhibits: tuple[Exhibit, ...]
    reports: tuple[Report, ...]

    def counts(self, exhibit: Exhibit, proof: ProofNeeded) -> bool:
        """Say whether ``exhibit`` may speak for the build; against it, every one may."""
        signed = set(exhibit.signed_by) & set(self.demand.keys)
        if self.demand.unsigned is Unsigned.REFUSED and not signed:
            return False
        return proof is ProofNeeded.NONE or exhibit.proof is Proof.ON_BOARD


def set_benches(inputs: GateInputs, demand: Demand) -> tuple[Bench, ...]:
    """Return the targets of the build with what is known of each; other images never count."""
    exhibits, reports = _by_place(inputs.exhibits), _by_place(inputs.reports)
    return tuple(
        Bench(
            target=target,
            now=inputs.now,
            demand=demand,
            exhibits=tuple(exhibits.get(_place(target), ())),
            reports=tuple(reports.get(_place(target), ())),
        )
        for target in list_targets(inputs.build)
    )


def find_failures(bench: Bench, suite: str) -> tuple[Exhibit, ...]:
    """Return all evidence that ``suite`` failed on this target, however old it is."""
    return tuple(
        exhibit
        for exhibit in bench.exhibits
        if exhibit.suite == suite and exhibit.result is Result.FAILED
    )


def list_values(exhibit: Exhibit, name: str) -> tuple[float, ...]:
    """Return the values of measurement ``name`` in ``exhibit``."""
    return tuple(value for item in exhibit.measured if item.name == name for value in item.values)


def find_newest(items: Iterable[_T]) -> _T | None:
    """Return the item that finished last, or None; equal times are told apart by digest."""
    return max(items, key=lambda item: (item.finished, item.sha256), default=None)


def name_actor(layers: Iterable[str], owner: str) -> str:
    """Name who acts: the product's ``owner`` as soon as the product is to blame for any of it."""
    blamed = list(layers)
    if not blamed or "product" in blamed:
        return owner
    return TEST_OWNER if blamed[0] == "test" else LAB


def _place(item: Target | Exhibit | Report) -> _Place:
    return (item.board, item.revision, item.image_sha256)


def _by_place(items: Iterable[_T]) -> dict[_Place, list[_T]]:
    found: dict[_Place, list[_T]] = {}
    for item in items:
        found.setdefault(_place(item), []).append(item)
    return found
