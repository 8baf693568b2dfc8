"""Doctor: what this machine offers a lab, part by part, and what a colleague needs to help."""

import importlib.util
import json
import os
import platform
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hil.app import Lab
from hil.bundle import Bundle
from hil.errors import HilFault
from hil.history import LAST_OUT, History
from hil.inventory.survey import Bad, Finding, Good, Unknown, judge_locks
from hil.links.host import Roots, gather_locks, group_names
from hil.links.ports import find_ports
from hil.registry import source_files
from hil.standing import find_standings
from hil.tracebacks import kept_tracebacks

_PACKAGES = ("fwrelease", "pyserial", "pytest", "pytest-xdist", "google-re2", "unicorn")
_EMULATORS = ("qemu-system-riscv64", "qemu-system-arm", "qemu-system-aarch64", "renode")
_PORT_GROUPS = frozenset({"dialout", "uucp"})
_LEAST_FREE_BYTES = 512 * 1024 * 1024


def examine(lab: Lab) -> list[Finding]:
    """Return what can be said of this machine and of a lab's folders on it."""
    return [
        Good(part="python", says=f"{platform.python_version()}, {platform.platform()}"),
        *_packages(),
        _engines(),
        judge_locks(gather_locks(lab.locks, serial="", roots=Roots())),
        _state(lab.state),
        *_ports(),
    ]


def _packages() -> Iterator[Finding]:
    known = {name: _version(name) for name in _PACKAGES}
    yield Good(part="packages", says=", ".join(f"{n} {v}" for n, v in known.items() if v))
    if sys.platform != "win32" and importlib.util.find_spec("re2") is None:
        yield Unknown(
            part="packages",
            says="google-re2 is missing: patterns that could run away are refused",
            hint="pip install google-re2",
        )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _engines() -> Finding:
    there = [f"unicorn {_version('unicorn')}"] if _version("unicorn") else []
    there += [name for name in _EMULATORS if shutil.which(name)]
    if not there:
        return Unknown(
            part="engines",
            says="none: no virtual rig can run here",
            hint="pip install 'fwrelease[virtual]'",
        )
    return Good(part="engines", says=", ".join(there))


def _state(state: Path) -> Finding:
    try:
        state.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(state).free
        with tempfile.TemporaryFile(dir=state):
            pass
    except OSError as error:
        return Bad(
            part="state", says=f"{state}: {error}", hint="name another folder: --state, $HIL_STATE"
        )
    told = f"{state}, {free // 2**20} MiB free"
    if free < _LEAST_FREE_BYTES:
        return Bad(part="state", says=told, hint="transcripts and images need room: clear some")
    return Good(part="state", says=told)


def _ports() -> Iterator[Finding]:
    ports = find_ports()
    named = ", ".join(port.device for port in ports) or "none"
    yield Good(part="ports", says=named)
    if os.name != "posix":
        return
    groups = group_names()
    told = f"in the groups {', '.join(groups)}"
    if os.geteuid() == 0 or _PORT_GROUPS & set(groups):
        yield Good(part="groups", says=told)
    else:
        hint = "sudo usermod -aG dialout $USER, then log out and in again"
        yield Unknown(part="groups", says=f"{told}: most serial ports are closed to you", hint=hint)


def examine_inventory(lab: Lab) -> list[Finding]:
    """Return what can be said of a lab's rigs without touching one."""
    states = Counter(standing.state for standing in find_standings(lab))
    told = ", ".join(f"{count} {state}" for state, count in states.items()) or "no rig"
    return [Good(part="inventory", says=f"{lab.inventory.source}: {told}")]


def collect(lab: Lab, document: dict[str, Any], *, inventory: Path | None) -> Bundle:
    """Return everything that a colleague needs, ready to be written."""
    bundle = Bundle()
    bundle.add_text("doctor.json", json.dumps(document, indent=2))
    if inventory is not None:
        _add_inventory(bundle, inventory)
    _add_history(bundle, lab)
    transcripts = lab.state / "transcripts"
    bundle.add_newest("transcripts", list(transcripts.glob("*.log")), most=10)
    _add_campaign(bundle, lab.state / LAST_OUT)
    bundle.add_newest("tracebacks", kept_tracebacks(), most=5)
    return bundle


def _add_inventory(bundle: Bundle, inventory: Path) -> None:
    try:
        files = source_files(inventory)
    except HilFault as fault:
        bundle.left_out.append({"name": "inventory", "why": fault.message})
        return
    for number, path in enumerate(files):
        bundle.add_file(f"inventory/{number:02d}-{path.name}", path)


def _add_history(bundle: Bundle, lab: Lab) -> None:
    now = lab.clock.utc()
    try:
        history = History(lab.state)
        rigs = [standing.render(now) for standing in find_standings(lab)]
        out = [asdict(entry) for entry in history.quarantined().values()]
        deeds = [asdict(deed) for deed in history.deeds()]
    except (OSError, HilFault) as error:
        bundle.left_out.append({"name": "rigs.json", "why": str(error)})
        return
    bundle.add_text("rigs.json", json.dumps({"schema": 1, "rigs": rigs}, indent=2))
    kept = {"quarantined": out, "deeds": deeds}
    bundle.add_text("history.json", json.dumps(kept, indent=2))


def _add_campaign(bundle: Bundle, mark: Path) -> None:
    """Add the results of the newest campaign; its marker is written when one starts."""
    if not mark.is_file():
        bundle.left_out.append({"name": "campaign", "why": "no campaign was run with this state"})
        return
    out = Path(mark.read_text("utf-8").strip())
    for name in ("result.json", "attempts.jsonl"):
        bundle.add_file(f"campaign/{name}", out / name)
    bundle.add_newest("campaign/pytest", list(out.glob("pytest-*.log")), most=5)
    bundle.add_newest("campaign/transcripts", list((out / "transcripts").glob("*.log")), most=10)
