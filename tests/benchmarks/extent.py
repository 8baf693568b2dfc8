"""Extent: how much is measured in one run."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.idle import Idling, measure_idle
from tests.benchmarks.latency import Delay, measure_latency
from tests.benchmarks.report import Origin, Report
from tests.benchmarks.senders import OURS, PEERS, Sender
from tests.benchmarks.throughput import Logs, Passage, measure_throughput
from tests.benchmarks.transfer import Efficiency, Plan, Wiring, measure_transfers

PARTS = ("throughput", "latency", "idle", "transfer")
KIB = 1024
WIRINGS = tuple(
    Wiring(baud=baud, latency_ms=latency) for baud in (115200, 921600) for latency in (1, 16)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured."""

    logs: Logs
    ticks: int
    idle_s: float
    idle_rounds: int
    sizes: dict[int, int]  # of the image, bytes by baud
    transfers: int
    seed: int = 1
    rigs: int = 8
    receivers: tuple[str, ...] = ("python", "lrzsz")
    wirings: tuple[Wiring, ...] = WIRINGS
    senders: tuple[Sender, ...] = (*OURS, *PEERS)


FULL = Extent(
    logs=Logs(sizes=(2_500_000, 5_000_000, 10_000_000), pieces=(64 * KIB, 16), rounds=3),
    ticks=400,
    idle_s=10.0,
    idle_rounds=3,
    sizes={115200: 64 * KIB, 921600: 256 * KIB},
    transfers=1,
)
QUICK = Extent(
    logs=Logs(sizes=(1_000_000, 2_000_000), pieces=(64 * KIB, 16), rounds=1),
    ticks=100,
    idle_s=5.0,
    idle_rounds=1,
    sizes={115200: 16 * KIB, 921600: 64 * KIB},
    transfers=1,
)


def measure(
    extent: Extent,
    parts: Sequence[str],
    *,
    origin: Callable[[], Origin],
    say: Callable[[str], None],
) -> Report:
    """Measure ``parts`` and return the report; ``origin`` is asked at the end."""
    throughput: Sequence[Passage] = []
    latency: Sequence[Delay] = []
    idle: Sequence[Idling] = []
    transfer: Sequence[Efficiency] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "throughput" in parts:
            throughput = measure_throughput(folder, extent.logs, say=say)
        if "latency" in parts:
            latency = measure_latency(folder, ticks=extent.ticks, seed=extent.seed)
        if "idle" in parts:
            rounds = extent.idle_rounds
            idle = measure_idle(folder, rigs=extent.rigs, seconds=extent.idle_s, rounds=rounds)
        if "transfer" in parts:
            plan = Plan(
                sizes=extent.sizes,
                rounds=extent.transfers,
                seed=extent.seed,
                receivers=extent.receivers,
            )
            transfer = measure_transfers(folder, extent.senders, extent.wirings, plan=plan, say=say)
    return Report(
        origin=origin(), throughput=throughput, latency=latency, idle=idle, transfer=transfer
    )
