"""Report: one run of the benchmarks, as it stands in ``docs/benchmarks.json``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.idle import Idling
from tests.benchmarks.latency import Delay
from tests.benchmarks.sample import Sample
from tests.benchmarks.throughput import Passage
from tests.benchmarks.transfer import Efficiency

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where figures come from. ``load`` is the 1 min load average before and after the run."""

    commit: str
    date: str
    cores: int
    python: str
    kernel: str
    packages: Mapping[str, str]
    load: tuple[float, float]
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one run."""

    origin: Origin
    throughput: Sequence[Passage]
    latency: Sequence[Delay]
    idle: Sequence[Idling]
    transfer: Sequence[Efficiency]


def to_json(report: Report) -> str:
    """Return the report as it is committed."""
    return json.dumps({"schema": SCHEMA} | asdict(report), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Report:
    """Return the report that ``to_json`` wrote."""
    document = json.loads(text)
    origin = document["origin"]
    return Report(
        origin=Origin(**origin | {"load": tuple(origin["load"])}),
        throughput=[Passage(**_sampled(each)) for each in document["throughput"]],
        latency=[Delay(**each) for each in document["latency"]],
        idle=[Idling(**_sampled(each)) for each in document["idle"]],
        transfer=[Efficiency(**_sampled(each)) for each in document["transfer"]],
    )


def _sampled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Sample(**value) if isinstance(value, dict) else value
        for name, value in fields.items()
    }
