"""Rollouts by the command line, over the simulated fleet and the real ledger."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fwrelease.app import App
from fwrelease.cli.main import main
from fwrelease.interfaces import Entry
from tests.support.shop import change_yaml, make_shop, register_build

ROOT = Path(__file__).parents[3]
SILENT = {"1.2.0": {"silent": 0.02, "revert": 0.0, "crash": 0.0}}
SMALL_RINGS = [
    {
        "name": "lab",
        "devices": 10,
        "exit": {"kind": "no_critical_event", "min_devices": 10, "min_device_hours": 50},
    },
    {
        "name": "broad",
        "share": 1.0,
        "exit": {
            "kind": "rate",
            "baseline_rate": 0.001,
            "margin_rate": 0.019,
            "min_devices": 1500,
            "min_device_hours": 9000,
        },
    },
]


def run(app: App, *words: str) -> int:
    return main(["-w", str(app.root), *words])


def answer(app: App, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Run a command for its JSON."""
    capsys.readouterr()
    code = run(app, *words, "--format", "json")
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def a_small_shop(root: Path, *versions: str) -> App:
    """Make a workspace with 2,000 devices and two rings."""
    app = make_shop(root, *versions)
    faultless = {"silent": 0, "revert": 0, "crash": 0}
    change_yaml(root / "fleet.yaml", devices=2000, background=faultless)
    change_yaml(root / "rollout.yaml", rings=SMALL_RINGS)
    return app


def events(app: App) -> tuple[Entry, ...]:
    return app.workspace().store.entries()


def kinds(app: App) -> list[str]:
    return [entry.kind for entry in events(app)]


def check_status(document: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "docs/schemas/rollout-status.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)


def states(document: dict[str, Any]) -> dict[str, str]:
    return {ring["name"]: ring["state"] for ring in document["rings"]}


def test_a_good_build_reaches_everybody_and_a_bad_one_that_follows_is_taken_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_shop(tmp_path / "shop", "1.0.0", "1.2.0")
    change_yaml(app.root / "fleet.yaml", builds=SILENT)

    assert run(app, "promote", "1.0.0") == 0
    code, good = answer(app, capsys, "rollout", "watch", "--every", "6h")
    assert code == 0
    assert set(states(good).values()) == {"passed"}
    check_status(good)

    assert run(app, "promote", "1.2.0", "--ring", "lab") == 0
    code, halted = answer(app, capsys, "rollout", "watch", "--every", "6h")
    assert code == 1
    assert halted["phase"] == "halted"
    assert "silent" in halted["rings"][1]["says"]
    check_status(halted)
    _, census = answer(app, capsys, "fleet", "status")
    assert census["running"]["1.2.0"] <= halted["reach_at_halt"]["offered"] < 1100
    assert census["running"]["1.0.0"] > 98_800  # the rest of the fleet never saw the bad build

    code, back = answer(app, capsys, "rollout", "watch", "--until", "settled")
    assert (code, back["phase"], back["still_on_build"]) == (1, "taken_back", 0)
    _, census = answer(app, capsys, "fleet", "status")
    assert census["running"]["1.2.0"] < 40  # the silent ones, which nothing brings back
    assert run(app, "audit", "verify") == 0


def test_a_ring_out_of_order_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    app = make_shop(tmp_path / "shop", "1.0.0")
    before = events(app)
    assert run(app, "promote", "1.0.0", "--ring", "canary") == 2
    assert events(app) == before
    assert run(app, "promote", "1.0.0") == 0
    before = events(app)
    assert run(app, "promote", "1.0.0", "--ring", "canary") == 2
    assert run(app, "promote", "1.0.0") == 2
    assert events(app) == before


def test_a_ring_that_is_open_already_is_no_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0")
    run(app, "promote", "1.0.0")
    before = events(app)
    code, document = answer(app, capsys, "promote", "1.0.0", "--ring", "lab")
    assert (code, document["outcome"]) == (0, "already_open")
    assert events(app) == before


def test_a_gate_that_says_no_keeps_the_ring_shut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop")
    register_build(app, "1.0.0", size_bytes=200)
    code, refused = answer(app, capsys, "promote", "1.0.0")
    assert (code, refused["outcome"], refused["verdict"]) == (1, "refused", "failed")
    (app.root / "policy.yaml").unlink()
    code, refused = answer(app, capsys, "promote", "1.0.0")
    assert (code, refused["verdict"]) == (3, "missing")
    assert run(app, "rollout", "status") == 2
    assert "ring.opened" not in kinds(app)


def test_a_gate_that_shuts_halfway_stops_the_rollout_before_the_next_ring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0")
    run(app, "promote", "1.0.0")
    (app.root / "policy.yaml").unlink()
    code, document = answer(app, capsys, "rollout", "watch")
    assert code == 3
    assert states(document) == {"lab": "passed", "broad": "planned"}
    assert document["next"].startswith("ring broad stays shut: ")
    check_status(document)


def test_a_step_that_finds_nothing_new_records_nothing(tmp_path: Path) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0")
    run(app, "promote", "1.0.0")
    run(app, "fleet", "advance", "12h")
    assert run(app, "rollout", "step") == 0
    before = events(app)
    assert run(app, "rollout", "step", "1.0.0") == 0
    assert events(app) == before


def test_a_ring_whose_devices_say_nothing_is_held_for_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "0.9.0")  # what they run already, so none takes it
    run(app, "promote", "0.9.0")
    run(app, "fleet", "advance", "3d")
    code, document = answer(app, capsys, "rollout", "step")
    assert (code, document["phase"]) == (3, "held")
    assert document["next"].startswith("the release manager: ring lab is held for lack of data")


def test_a_newer_rollout_takes_the_place_of_one_that_still_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0", "1.1.0")
    run(app, "promote", "1.0.0")
    run(app, "promote", "1.1.0")
    code, document = answer(app, capsys, "rollout", "status", "1.0.0")
    assert (code, document["phase"]) == (0, "superseded")
    assert run(app, "promote", "1.0.0", "--ring", "broad") == 2
    run(app, "fleet", "advance", "2d")
    _, census = answer(app, capsys, "fleet", "status")
    assert census["running"] == {"0.9.0": 1990, "1.1.0": 10}


def test_a_plan_that_does_not_fit_the_fleet_is_refused_before_anything_is_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_shop(tmp_path / "shop", "1.0.0")
    change_yaml(app.root / "fleet.yaml", devices=2000)
    code, document = answer(app, capsys, "promote", "1.0.0")
    assert code == 2
    assert "ring canary has" in document["message"]


def test_the_same_shop_has_the_same_rollout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = []
    for name in ("one", "two"):
        app = a_small_shop(tmp_path / name, "1.0.0")
        run(app, "promote", "1.0.0")
        ends.append(answer(app, capsys, "rollout", "watch")[1])
    assert ends[0]["rings"] == ends[1]["rings"]


# One process pays for the imports; each promotion runs in a child that it forks, and that the test
# kills by its number.
PROMOTE_IN_CHILDREN = """
import os, sys
import numpy, sqlalchemy, scipy.optimize, scipy.special
import fwrelease.cli.promote, fwrelease.fleet.schema, jsonschema
from fwrelease.cli.main import main
while line := sys.stdin.readline():
    child = os.fork()
    if not child:
        os._exit(main(["-w", line.strip(), "promote", "1.0.0", "--format", "json"]))
    print(child, file=sys.stderr, flush=True)
    sys.stdin.readline()  # not reaped before it was killed, so that its number stays its own
    os.waitpid(child, 0)
    print("over", file=sys.stderr, flush=True)
"""


@pytest.fixture
def promoter() -> Iterator[subprocess.Popen[str]]:
    """Return a process that promotes in the workspace it reads, and tells the child's number."""
    with subprocess.Popen(
        [sys.executable, "-c", PROMOTE_IN_CHILDREN],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield process


def promote_and_kill(process: subprocess.Popen[str], app: App, *, after_s: float) -> None:
    """Promote in a child, and kill it after ``after_s``."""
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(f"{app.root}\n")
    process.stdin.flush()
    child = int(process.stderr.readline())
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    process.stdin.write("reap\n")
    process.stdin.flush()
    assert process.stderr.readline() == "over\n"


def moves(app: App) -> list[str]:
    """Return the events of rollouts."""
    return [kind for kind in kinds(app) if kind.startswith(("rollout.", "ring."))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")
def test_a_promotion_that_is_killed_leaves_the_old_state_or_the_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], promoter: subprocess.Popen[str]
) -> None:
    rng = random.Random(4)
    for number in range(12):
        app = a_small_shop(tmp_path / str(number), "1.0.0")
        promote_and_kill(promoter, app, after_s=rng.uniform(0.0, 0.1))
        assert moves(app) in ([], ["rollout.started", "ring.opened"])
        assert run(app, "audit", "verify") == 0
        assert run(app, "promote", "1.0.0", "--ring", "lab") == 0
        assert moves(app) == ["rollout.started", "ring.opened"]
        _, census = answer(app, capsys, "fleet", "advance", "3d")
        assert census["running"] == {"0.9.0": 1990, "1.0.0": 10}


def test_a_ring_that_opened_is_offered_though_the_fleet_was_never_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0")
    run(app, "promote", "1.0.0")
    (app.root / "fleet" / "state.npz").unlink()  # as if killed between the ledger and the fleet
    run(app, "fleet", "advance", "2d")
    _, census = answer(app, capsys, "fleet", "status")
    assert census["running"]["1.0.0"] == 10


def test_the_plan_in_force_is_the_one_the_rollout_began_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = a_small_shop(tmp_path / "shop", "1.0.0")
    run(app, "promote", "1.0.0")
    change_yaml(app.root / "rollout.yaml", rings=SMALL_RINGS[:1], alpha=0.2)
    _, document = answer(app, capsys, "rollout", "status")
    assert states(document) == {"lab": "rolling", "broad": "planned"}
