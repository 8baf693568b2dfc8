"""``kill -9`` of ``hil run``: nothing it started outlives it, no lease, no half evidence.

The points are aimed by what the campaign itself reports, not by hooks in the code. Two random
points run with every test run, fifty by ``nox -s kills``.
"""

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from fwrelease.evidence.record import parse
from hil.leases.lease import find_holder
from hil.registry import find_rig, load_inventory, physical_identities
from tests.support.bench import LabFolder, living, make_lab

DEADLINE_S = 2.0
ONE = ("virt-b1",)
Point = Callable[[LabFolder], bool]


@pytest.fixture
def lab(tmp_path: Path) -> LabFolder:
    pytest.importorskip("unicorn", reason="virtual rigs need the extra `virtual`")
    return make_lab(tmp_path)


def flashed(share: float) -> Point:
    """Reached when a rig has got this share of its image."""
    return lambda lab: any(
        event["phase"] == "flash" and event["share"] >= share for event in _progress(lab)
    )


def phase(name: str) -> Point:
    """Reached when a rig has entered a phase."""
    return lambda lab: any(event["phase"] == name for event in _progress(lab))


def file(pattern: str) -> Point:
    """Reached when a file is there."""
    return lambda lab: any((lab.root / "out").glob(pattern))


POINTS = {
    "the leases are taken": lambda lab: any((lab.root / "locks").glob("*.lock")),
    "1 % is flashed": flashed(0.01),
    "50 % is flashed": flashed(0.5),
    "99 % is flashed": flashed(0.99),
    "the image is verified": phase("verify"),
}
THOROUGH = {"1 % is flashed", "99 % is flashed"}


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, id=name, marks=[pytest.mark.thorough] if name in THOROUGH else [])
        for name, point in POINTS.items()
    ],
)
def test_nothing_outlives_a_campaign_that_is_killed(lab: LabFolder, point: Point) -> None:
    _kill_at(lab, "1.0.0", point, ONE)
    _starts_over(lab, ONE)


@pytest.mark.parametrize("after_s", [0.0, pytest.param(0.004, marks=pytest.mark.thorough)])
def test_no_half_evidence_is_left_when_it_is_killed_while_it_writes(
    lab: LabFolder, after_s: float
) -> None:
    with _campaign(lab, "1.0.0", ONE) as process:
        assert process.stderr
        for line in process.stderr:
            if line.strip() == b"evidence":
                break
        with suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        _kill_and_watch(lab, process)
    _starts_over(lab, ONE)


def test_nothing_outlives_a_campaign_that_is_killed_between_two_waves(lab: LabFolder) -> None:
    _kill_at(lab, "1.1.0", file("plan-2.json"))
    _starts_over(lab)


def _kill_at(lab: LabFolder, image: str, point: Point, rigs: Sequence[str] = ()) -> None:
    with _campaign(lab, image, rigs) as process:
        while process.poll() is None and not point(lab):
            pass
        assert process.poll() is None, "it was over before the point was reached"
        _kill_and_watch(lab, process)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.kills) for seed in range(1, 51))]
)
def test_nothing_outlives_a_campaign_that_is_killed_anywhere(lab: LabFolder, seed: int) -> None:
    after_s = random.Random(seed).uniform(0.0, 6.0)
    with _campaign(lab, "1.0.0") as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        _kill_and_watch(lab, process)
    _starts_over(lab)


@contextmanager
def _campaign(
    lab: LabFolder, image: str, rigs: Sequence[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    argv = lab.argv(*_words(lab, image, rigs))
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        argv, cwd=lab.root, env=lab.environment, stdout=quiet, stderr=subprocess.PIPE, stdin=quiet
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _words(lab: LabFolder, image: str, rigs: Sequence[str]) -> list[object]:
    return [
        *("run", "--inventory", lab.inventory, "--suite", "smoke", "--out", "out"),
        *("--image", f"nano-v2:b={lab.image(image)}"),
        *("--baseline", f"nano-v2:b={lab.image('1.2.0')}"),
        *(word for rig in rigs for word in ("--rig", rig)),
    ]


def _kill_and_watch(lab: LabFolder, process: subprocess.Popen[bytes]) -> None:
    """Kill it; whenever a rig can be had, none of its processes may live any more."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + DEADLINE_S
    token = str(lab.root)
    left = living(token)
    while left and time.monotonic() < deadline:
        free = not _held(lab)
        left = living(token)
        assert not (free and left), f"a rig could be had while {left} lived"
    assert left == []
    assert not _held(lab)
    _no_half_evidence(lab)


def _held(lab: LabFolder) -> list[str]:
    inventory = load_inventory(lab.inventory)
    rigs = (find_rig(inventory, name) for name in ("virt-b1", "virt-b2"))
    state, locks = lab.root / "state", lab.root / "locks"
    if not locks.exists():
        return []
    return [
        rig.name for rig in rigs if find_holder(physical_identities(rig, state=state), folder=locks)
    ]


def _no_half_evidence(lab: LabFolder) -> None:
    for path in (lab.root / "out").glob("*/nano-v2-*.json"):
        parse(json.loads(path.read_text("utf-8")), name=str(path))


def _starts_over(lab: LabFolder, rigs: Sequence[str] = ()) -> None:
    again = lab.hil(*_words(lab, "1.0.0", rigs))
    assert again.code == 0, again.err


def _progress(lab: LabFolder) -> list[dict[str, Any]]:
    path = lab.root / "out" / "progress.jsonl"
    if not path.exists():
        return []
    return [
        json.loads(line)
        for line in path.read_text("utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]
