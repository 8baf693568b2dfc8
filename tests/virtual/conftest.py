from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from importlib import util
from pathlib import Path
from typing import Protocol

import pytest

from tests.virtual.bench import Rig, running


class Bench(Protocol):
    def __call__(self, *, slot: bytes | None = None, **rig: object) -> Rig: ...


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Start the virtual rig of this test; a second call starts it again on the same folder."""
    if util.find_spec("unicorn") is None:
        pytest.skip("unicorn is not installed: pip install 'fwrelease[virtual]'")
    start: Callable[..., AbstractContextManager[Rig]] = running
    with ExitStack() as stack:

        def begin(*, slot: bytes | None = None, **rig: object) -> Rig:
            return stack.enter_context(start(tmp_path / "rig", slot=slot, **rig))

        yield begin
