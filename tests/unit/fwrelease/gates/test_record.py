"""The canonical inputs of a decision."""

import json

import pytest

from fwrelease.errors import IntegrityFault
from fwrelease.gates.record import read_inputs, write_inputs
from tests.support.release import a_demand, an_exhibit, inputs_of, smoke_rule

INPUTS = inputs_of(an_exhibit("b"), demand=a_demand(smoke_rule(max_age=None)))


def test_inputs_read_back_as_they_were_written() -> None:
    assert read_inputs(write_inputs(INPUTS)) == INPUTS


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(schema=2),
        lambda document: document["demand"]["rules"][0].update(kind="prayer"),
        lambda document: document.pop("build"),
        lambda document: document.update(now="noon"),
        lambda document: document.update(exhibits=7),
    ],
)
def test_inputs_of_another_version_are_refused(change: object) -> None:
    document = json.loads(write_inputs(INPUTS))
    assert callable(change)
    change(document)
    with pytest.raises(IntegrityFault, match="the inputs of the decision cannot be read"):
        read_inputs(json.dumps(document).encode())
