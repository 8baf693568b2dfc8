"""The door into pytest. Importing it costs a project that does not use it next to nothing.

Everything else is loaded only where an inventory is named: by ``hil run``, by the option
``--hil-inventory``, or by the setting ``hil_inventory``.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hil.pytest_plugin.setting import Setting

_MARKER = (
    "hil(board=None, capabilities=(), each=None): the test runs on rigs; each='board', "
    "'revision' or 'rig' makes one case for each of them, without it any matching rig runs it once"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; they have no effect until an inventory is named."""
    group = parser.getgroup("hil", "hardware in the loop")
    group.addoption("--hil-inventory", metavar="FILE", help="the lab: boards and rigs (YAML)")
    group.addoption(
        "--hil-image",
        action="append",
        default=[],
        metavar="BOARD[:REV]=FILE",
        help="the image that the rigs of a board are given; may be repeated",
    )
    group.addoption("--hil-state", metavar="DIR", help="where the lab keeps its state")
    group.addoption("--hil-out", metavar="DIR", help="where transcripts and attempts are written")
    group.addoption("--hil-plan", metavar="FILE", help="one wave of a campaign; `hil run` gives it")
    parser.addini("hil_inventory", "the lab: boards and rigs (YAML), relative to the rootdir")
    parser.addini("hil_images", "the images, each BOARD[:REV]=FILE", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the rest where it is wanted."""
    config.addinivalue_line("markers", _MARKER)
    setting = _setting(config)
    if setting is None:
        return
    from hil.pytest_plugin import boards, fixtures, workers  # noqa: PLC0415

    config.pluginmanager.register(fixtures, "hil-fixtures")
    bench = boards.BenchPlugin(config, setting)
    config.pluginmanager.register(bench, "hil-bench")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(workers.ControllerPlugin(setting), "hil-controller")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Answer ``-n auto`` with the number of rigs that can be leased."""
    setting = _setting(config)
    return None if setting is None else max(1, len(setting.plan.wave.assignments))


def _setting(config: pytest.Config) -> "Setting | None":
    named = config.getoption("hil_inventory") or config.getini("hil_inventory")
    wanted = named or config.getoption("hil_plan") or hasattr(config, "workerinput")
    if not wanted or (hasattr(config, "workerinput") and "hil_plan" not in config.workerinput):
        return None
    from hil.pytest_plugin.setting import find_setting  # noqa: PLC0415

    return find_setting(config)
