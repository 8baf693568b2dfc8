"""The fleet's files: what people write, and what the fleet keeps."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from fwrelease.errors import BackendFault, UsageFault
from fwrelease.fleet.device import place_devices
from fwrelease.fleet.duration import parse_duration
from fwrelease.fleet.folder import load_fleet, read_world, save_fleet
from fwrelease.fleet.schema import FLEET_SCHEMA
from fwrelease.fleet.simulated import new_fleet
from fwrelease.fleet.world import Stratum, Truth, World, parse_world
from fwrelease.rollout.cohort import Cohort, position
from fwrelease.rollout.offer import Offer

ROOT = Path(__file__).parents[4]
TEMPLATE = ROOT / "fwrelease/services/templates/fleet.yaml"
EVERYBODY = Cohort(salt="s", low=0.0, high=1.0)


def a_world(*, devices: int = 50, seed: int = 1) -> World:
    return World(
        devices=devices,
        seed=seed,
        starts=datetime(2026, 1, 5, tzinfo=UTC),
        baseline="0.9.0",
        strata=(Stratum(board="nano-v2", revision="a", share=1.0),),
    )


def test_the_template_describes_the_fleet_of_the_tutorial() -> None:
    world = read_world(TEMPLATE)
    assert (world.devices, world.baseline) == (100_000, "0.9.0")
    assert [part.revision for part in world.strata] == ["a", "b"]
    assert world.truth_of("1.0.0") == Truth(silent=0.0002, revert=0.0002, crash=0.0002)


def test_the_published_schema_is_the_one_that_is_used() -> None:
    published = json.loads((ROOT / "docs/schemas/fleet.json").read_text(encoding="utf-8"))
    assert published == FLEET_SCHEMA
    jsonschema.Draft202012Validator.check_schema(published)


def test_every_mistake_of_a_fleet_is_said_at_once() -> None:
    broken = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    broken |= {"devices": 0, "builds": {"1.0.0": {"silent": 2}}, "sed": 3}
    with pytest.raises(UsageFault) as caught:
        parse_world(broken, name="fleet.yaml")
    for part in ("devices: 0 is less than", "builds.1.0.0.silent: 2 is greater", "'sed' was"):
        assert part in caught.value.message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"boards": {"nano-v2": {"a": 0.5}}}, "must add up to 1"),
        ({"starts": "soon"}, "is no ISO 8601 time"),
    ],
)
def test_what_no_schema_can_say_is_checked_too(change: dict[str, object], says: str) -> None:
    broken = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8")) | change
    with pytest.raises(UsageFault, match=says):
        parse_world(broken, name="fleet.yaml")


def test_a_missing_or_unreadable_fleet_file_is_a_usage_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="No such file"):
        read_world(tmp_path / "fleet.yaml")
    (tmp_path / "fleet.yaml").write_text("devices: [", encoding="utf-8")
    with pytest.raises(UsageFault, match="is no YAML"):
        read_world(tmp_path / "fleet.yaml")


def test_a_fleet_goes_on_where_it_was_left(tmp_path: Path) -> None:
    fleet = new_fleet(a_world())
    fleet.offer([Offer(version="1.0.0", cohort=EVERYBODY)])
    fleet.advance(timedelta(hours=9))
    save_fleet(fleet, tmp_path / "fleet" / "state.npz")
    again = load_fleet(a_world(), tmp_path / "fleet" / "state.npz")
    for one in (fleet, again):
        one.advance(timedelta(hours=9))
    assert again.census() == fleet.census()
    assert again.now() == fleet.now()
    assert list((tmp_path / "fleet").iterdir()) == [tmp_path / "fleet" / "state.npz"]


def test_the_state_of_another_fleet_is_refused(tmp_path: Path) -> None:
    save_fleet(new_fleet(a_world()), tmp_path / "state.npz")
    with pytest.raises(UsageFault, match="belongs to another fleet: 50 devices, seed 1"):
        load_fleet(a_world(seed=2), tmp_path / "state.npz")


def test_a_spoiled_state_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "state.npz").write_bytes(os.urandom(100))
    with pytest.raises(BackendFault) as caught:
        load_fleet(a_world(), tmp_path / "state.npz")
    assert caught.value.hint == "delete it to begin with a new fleet"


def test_places_are_those_of_the_rule_of_membership() -> None:
    assert np.array_equal(
        place_devices(3, salt="s"), [position(f"dev-000000{n}", salt="s") for n in range(3)]
    )


@pytest.mark.parametrize(
    ("text", "hours"), [("90m", 1.5), ("24h", 24.0), ("7d", 168.0), ("3600s", 1.0), ("1.5h", 1.5)]
)
def test_durations_are_a_number_and_a_unit(text: str, hours: float) -> None:
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "24", "h", "-1h", "0h", "1w", "1h30m"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="is no duration"):
        parse_duration(text)
