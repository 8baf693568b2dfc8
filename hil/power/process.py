"""Process power: a board that is a program on this machine, such as QEMU or Renode.

Power on starts it, power off kills it, and it dies with the harness. What has to outlive a power
cut, a flash memory for example, it keeps in files of the folder that the rig owns.
"""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.errors import BoardEnded, RigFault, UsageFault
from hil.interfaces import PowerContext
from hil.inventory.placeholder import fill_all
from hil.leases.guarded import Guarded

_READY_S = 20.0
_LOOK_S = 0.01
_CHUNK = 1 << 20
_LARGEST = 1 << 32
_LISTENING = "0A"  # proc(5), /proc/net/tcp: the state TCP_LISTEN
_EXAMPLE = 'for example {driver: process, run: "qemu-system-arm ... -monitor stdio"}'


class ProcessPower:
    """Options: ``run`` is the command line; ``reset`` what is written to its standard input to
    reset it, else it is started anew; ``files`` maps names to ``{size, fill}``: files in the rig's
    folder, made before the first start, ``size`` bytes of the value ``fill`` (0xff if not given).

    The places ``{port}`` and ``{folder}`` are filled in. Where ``run`` has ``{port}``, power is on
    once something listens there.
    """

    def __init__(self, context: PowerContext) -> None:
        self._rig = context.rig.name
        self._context = context
        options = context.rig.power.options
        run = options.get("run")
        if not run or not isinstance(run, str | list):
            raise UsageFault(
                f"{self._rig}: power driver process needs the option 'run'", hint=_EXAMPLE
            )
        words = shlex.split(run) if isinstance(run, str) else [str(word) for word in run]
        self._argv = fill_all(words, context.places)
        self._port = context.places.get("port", "") if "{port}" in " ".join(words) else ""
        self._reset = options.get("reset")
        self._files = _parse_files(self._rig, options.get("files") or {})
        self._folder = Path(context.places["folder"])
        self._child: Guarded | None = None

    def on(self) -> None:
        """Start the program; returns once it listens where the line will connect.

        Raises:
            RigFault: POWER, it did not start, and its last words.
        """
        if self._child is not None and self._child.wait(0) is None:
            return
        for name, (size, value) in self._files.items():
            _make_file(self._folder / name, size, value)
        with self._log.open("wb") as output:
            self._child = Guarded(
                self._argv, leases=self._context.leases, orders=subprocess.PIPE, output=output
            )
        if self._port:
            self._await_listener(self._child)

    @property
    def _log(self) -> Path:
        return self._folder / "program.log"

    def _await_listener(self, child: Guarded) -> None:
        deadline = self._context.clock.monotonic() + _READY_S
        while not _listens(int(self._port)):
            code = child.wait(_LOOK_S)
            if code is not None:
                raise self._fault(f"ended at once, exit {code}")
            if self._context.clock.monotonic() > deadline:
                child.end()
                raise self._fault(f"listens not on port {self._port} after {_READY_S:g} s")

    def off(self) -> None:
        """Kill the program and all that it started; returns when it is dead."""
        child, self._child = self._child, None  # first: from now on its end is no news
        if child is not None:
            child.end()

    close = off

    def ended(self, within_s: float) -> BoardEnded | None:
        """Return that the program ended by itself, if it has ``within_s`` from now, and how.

        The reader of the line asks this while the power is switched elsewhere.
        """
        child = self._child
        code = child.look(within_s) if child is not None else None
        if code is None or self._child is not child:
            return None
        last = next(reversed(self._said().splitlines()), "")
        how = f"{self._argv[0]} ended, exit {code}" + (f": {last}" if last else "")
        return BoardEnded(self._rig, how, log=str(self._log))

    def reset(self) -> None:
        """Tell the program to reset its board, or start it anew where it cannot be told."""
        if not self._reset:
            self.off()
            self.on()
            return
        if self._child is None:
            raise self._fault("does not run, so there is nothing to reset")
        try:
            self._child.say(str(self._reset).encode())
        except OSError as error:
            raise self._fault(f"does not take its reset: {error}") from error

    def _fault(self, happened: str) -> RigFault:
        said = self._said()
        return RigFault(
            f"{self._rig}: {self._argv[0]} {happened}" + (f": {said}" if said else ""),
            hint=f"run it by hand; {self._log} holds what it said",
            code="POWER",
        )

    def _said(self) -> str:
        if not self._log.exists():
            return ""
        return self._log.read_bytes()[-500:].decode("utf-8", "replace").strip()


def _parse_files(rig: str, files: Any) -> Mapping[str, tuple[int, int]]:  # noqa: ANN401 (YAML)
    parsed: dict[str, tuple[int, int]] = {}
    for name, how in files.items() if isinstance(files, dict) else [("files", files)]:
        match how:
            case {"size": int(size), **rest} if 0 < size <= _LARGEST and set(rest) <= {"fill"}:
                value = rest.get("fill", 0xFF)
            case _:
                size = value = -1
        if not isinstance(value, int) or not 0 <= value <= 0xFF or Path(name).name != name:
            raise UsageFault(
                f"{rig}: power: files: {name}: {how!r} cannot be made",
                hint="for example files: {nor.img: {size: 33554432, fill: 0xff}}",
            )
        parsed[name] = (size, value)
    return parsed


def _make_file(path: Path, size: int, value: int) -> None:
    """Make a file that is not there yet; one that is half made never has its name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as stream:
        for start in range(0, size, _CHUNK):
            stream.write(bytes([value]) * min(_CHUNK, size - start))
    unfinished.rename(path)


def _listens(port: int) -> bool:
    """Tell whether something listens on a TCP port, without connecting.

    A connection would be taken for the board's line. Where the system does not say, it is believed.
    """
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [row.split() for table in tables if table.exists() for row in _rows(table)]
    if not rows and not any(table.exists() for table in tables):
        return True
    return any(int(row[1].rpartition(":")[2], 16) == port and row[3] == _LISTENING for row in rows)


def _rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:]
