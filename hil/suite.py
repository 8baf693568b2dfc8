"""Suite: the tests of a campaign, by name or by path, and the digest that stands for them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hil import suites
from hil.errors import UsageFault

_OURS = Path(suites.__file__).parent
_RED_CHECK = _OURS / "test_red_check.py"
_BUILT_IN = {"smoke": _OURS / "test_smoke.py"}
_INI = "[pytest]\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite; ``sha256`` covers the bytes of its Python files and what YAML asks of boards."""

    name: str
    path: Path
    sha256: str

    def arguments(self, out: Path) -> list[str]:
        """Return pytest's arguments for this suite and the red check.

        A suite of ours is kept apart from whatever configuration lies around; a user's is not.
        """
        arguments = [str(self.path), str(_RED_CHECK), "--import-mode=importlib"]
        if self.name in _BUILT_IN:
            ini = out.absolute() / "pytest.ini"
            ini.write_text(_INI, encoding="utf-8")
            arguments += ["-c", str(ini), "--rootdir", str(out.absolute())]
            arguments += ["-p", "no:cacheprovider", "-p", "xdist", "-p", "hil"]
        return arguments

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of its pytest runs.

        A suite of ours loads only the plugins that it needs: start-up, times the number of rigs,
        is what a short campaign mostly costs.
        """
        kept = {key: value for key, value in given.items() if key != "PYTEST_ADDOPTS"}
        return kept | ({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if self.name in _BUILT_IN else {})


def find_suite(name: str, *, boards: str) -> Suite:
    """Return the suite of a name, or the tests at a path; ``boards`` is what YAML asks.

    Raises:
        UsageFault: there is no such suite.
    """
    path = _BUILT_IN.get(name, Path(name))
    if not path.exists():
        raise UsageFault(
            f"no suite {name!r}: neither built in ({', '.join(_BUILT_IN)}) nor a path",
            hint="--suite smoke, or the folder or file of your own tests",
            code="UNKNOWN_SUITE",
        )
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    digest = hashlib.sha256(boards.encode() if name in _BUILT_IN else b"")
    for file in files:
        digest.update(file.relative_to(path.parent).as_posix().encode() + b"\0")
        digest.update(file.read_bytes())
    shown = name if name in _BUILT_IN else path.stem
    return Suite(name=shown, path=path.absolute(), sha256=digest.hexdigest())
