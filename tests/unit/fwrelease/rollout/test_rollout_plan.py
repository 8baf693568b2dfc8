"""Plans: read with all their mistakes at once, written back, and checked against a fleet."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from scipy.stats import binom

from fwrelease.errors import UsageFault
from fwrelease.health.criterion import RateBelow
from fwrelease.health.judgement import Fail, Inconclusive, Pass, judge
from fwrelease.rollout.document import parse_plan, plan_document
from fwrelease.rollout.lint import chance_to_pass, lint_plan
from tests.support.rings import counts_of, small_plan

ROOT = Path(__file__).parents[4]
TEMPLATE = ROOT / "fwrelease/services/templates/rollout.yaml"
SCHEMA = ROOT / "docs/schemas/rollout-plan.json"


def template() -> Any:
    return yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))


def test_the_template_is_a_plan_that_fits_its_fleet() -> None:
    plan = parse_plan(template(), name="rollout.yaml")
    assert [ring.name for ring in plan.rings] == ["lab", "canary", "early", "broad"]
    assert lint_plan(plan, [10, 990, 9_000, 90_000]) == ()


@pytest.mark.parametrize("document", [template(), plan_document(small_plan())])
def test_a_plan_fits_its_schema_and_survives_being_written(document: Any) -> None:
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    plan = parse_plan(document, name="plan")
    assert parse_plan(plan_document(plan), name="plan") == plan


def test_every_mistake_of_a_plan_is_said_at_once() -> None:
    broken = template()
    broken["alpha"] = 2
    del broken["salt"]
    broken["rings"][0]["share"] = 0.1
    broken["rings"][1]["exit"]["kind"] = "hope"
    broken["rings"][2]["exit"]["margin"] = 0.1
    broken["rings"][3]["share"] = 0.001
    with pytest.raises(UsageFault) as caught:
        parse_plan(broken, name="rollout.yaml")
    for part in (
        "alpha: is 2, out of range",
        "salt: is missing",
        "rings[0]: needs either devices (a count) or share (of the fleet, 0..1)",
        "rings[1].exit.kind: is 'hope'; it may be no_critical_event or rate",
        "rings[2].exit.margin: is not a key of a rollout plan",
        "rings: shares are cumulative, so each must be larger than the last",
    ):
        assert part in caught.value.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rings",), []),
        (("rings", 0, "devices"), 0),
        (("rings", 0, "devices"), True),
        (("rings", 1, "share"), 1.5),
        (("rings", 1, "exit", "baseline_rate"), 0),
        (("rings", 1, "exit", "min_devices"), "many"),
        (("rings", 0, "name"), ""),
        (("silence_after_s",), 0),
    ],
)
def test_schema_and_reader_refuse_the_same_plans(path: tuple[Any, ...], value: Any) -> None:
    broken = copy.deepcopy(template())
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(UsageFault):
        parse_plan(broken, name="plan")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", [None, [], "rings"])
def test_what_is_no_mapping_is_no_plan(document: object) -> None:
    with pytest.raises(UsageFault, match="the plan: must be a mapping"):
        parse_plan(document, name="rollout.yaml")


def test_a_fleet_too_small_for_the_plan_is_said_before_anything_is_offered() -> None:
    plan = parse_plan(template(), name="rollout.yaml")
    assert lint_plan(plan, [10, 40, 8_000, 90_000]) == (
        "ring canary has 40 devices and asks for 900",
    )


def test_a_rate_that_a_good_build_rarely_proves_is_said_before_anything_is_offered() -> None:
    tight = template()
    tight["rings"][1]["exit"]["margin_rate"] = 0.008
    (complaint,) = lint_plan(parse_plan(tight, name="plan"), [10, 990, 9_000, 90_000])
    assert "a good build passes ring canary with probability 0.37" in complaint


def test_the_chances_that_the_template_tells_are_right() -> None:
    plan = parse_plan(template(), name="rollout.yaml")
    canary, alpha = plan.rings[1].criterion, plan.alpha_per_ring

    def outcome(failed: int) -> type:
        return type(judge(counts_of(confirmed=990 - failed, silent=failed), canary, alpha=alpha))

    assert [outcome(3), outcome(4), outcome(5), outcome(6)] == [
        Pass,
        Inconclusive,
        Inconclusive,
        Fail,
    ]
    assert binom.cdf(3, 990, 0.0005) == pytest.approx(0.998, abs=5e-4)
    assert binom.sf(5, 990, 0.02) == pytest.approx(0.9999, abs=5e-5)
    assert binom.sf(0, 10, 0.02) == pytest.approx(0.18, abs=5e-3)


def test_a_good_build_passes_each_ring_of_the_template_nearly_always() -> None:
    plan = parse_plan(template(), name="rollout.yaml")
    for ring, devices in zip(plan.rings[1:], (990, 9_000, 90_000), strict=True):
        assert isinstance(ring.criterion, RateBelow)
        margin = ring.criterion.ceiling_rate - 0.0005
        good = replace(ring.criterion, baseline_rate=0.0005, margin_rate=margin)
        assert chance_to_pass(good, devices, alpha=plan.alpha_per_ring) > 0.95
