"""The red check: once per campaign the harness shows that it can see a failure."""

import pytest

from hil.session import Session


def test_red_check(hil_dut: Session, request: pytest.FixtureRequest) -> None:
    """An identity that no board can have is demanded by the code that proves every pass."""
    if not hil_dut.proven:
        pytest.skip("the board cannot show what it holds, so there is no proof to check")
    request.addfinalizer(lambda: hil_dut.boot(since=hil_dut.power_cycle()))
    hil_dut.red_check()
