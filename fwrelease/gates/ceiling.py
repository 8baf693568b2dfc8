"""Ceiling: judge what a board measured, and how large an image is, against a largest value."""

from dataclasses import replace

from fwrelease.gates.bench import LAB, Bench, find_newest, list_values
from fwrelease.gates.inputs import Exhibit
from fwrelease.gates.requirement import Finding
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule
from fwrelease.gates.suites import judge_age
from fwrelease.verdict import Verdict


def judge_measurement(rule: MeasurementRule, bench: Bench) -> Finding:
    """Return how one measurement stands: the largest value ever seen on these bytes decides."""
    name = rule.measurement
    excesses = find_excesses(bench, rule)
    if excesses:
        largest = max(value for item in excesses for value in list_values(item, name))
        return Finding(
            target=bench.target,
            verdict=Verdict.FAILED,
            subject=name,
            says=f"is {largest:g}, above the ceiling of {rule.at_most:g},",
            acts=rule.owner,
            evidence=tuple(item.sha256 for item in excesses),
            since=min(item.finished for item in excesses),
        )
    measured = [item for item in bench.exhibits if list_values(item, name)]
    newest = find_newest(item for item in measured if bench.counts(item, rule.proof))
    if newest is None:
        return _missing(rule, bench)
    finding = judge_age(bench, newest, rule.max_age, subject=name, owner=rule.owner)
    if finding.verdict is not Verdict.PASSED:
        return finding
    largest = max(value for item in measured for value in list_values(item, name))
    return replace(finding, says=f"is {largest:g}, at most {rule.at_most:g},")


def judge_size(rule: ImageSizeRule, bench: Bench) -> Finding:
    """Return how the size of one image stands."""
    size = bench.target.size_bytes
    fits = size <= rule.at_most_bytes
    relation = "at most" if fits else "above the ceiling of"
    return Finding(
        target=bench.target,
        verdict=Verdict.PASSED if fits else Verdict.FAILED,
        subject="the image",
        says=f"has {size} bytes, {relation} {rule.at_most_bytes},",
        acts=rule.owner,
    )


def find_excesses(bench: Bench, rule: MeasurementRule) -> tuple[Exhibit, ...]:
    """Return all evidence with a value that is not known to be at most the ceiling."""
    return tuple(
        exhibit
        for exhibit in bench.exhibits
        if not all(value <= rule.at_most for value in list_values(exhibit, rule.measurement))
    )


def _missing(rule: MeasurementRule, bench: Bench) -> Finding:
    return Finding(
        target=bench.target,
        verdict=Verdict.MISSING,
        subject=rule.measurement,
        says="is missing",
        detail=": no evidence that counts has measured it",
        acts=LAB,
    )
