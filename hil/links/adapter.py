"""Adapter: the host's end of a virtual rig, the counterpart of a USB serial adapter.

It is a process of its own (``python -m hil.virtual``), lives as long as whoever holds its standard
input, and answers JSON lines on a socket in its folder. Where one runs already (`hil rig up`), it
is used as it is.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from hil.errors import RigFault
from hil.interfaces import Control
from hil.inventory.rig import Rig, VirtualSpec

_READY_S = 15.0
_ANSWER_S = 15.0


class Adapter:
    """A virtual rig's adapter, started here or found running. ``folder`` holds its flash."""

    def __init__(self, rig: Rig, spec: VirtualSpec, folder: Path) -> None:
        self.rig = rig.name
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rig.json").write_text(json.dumps(_described(rig, spec)), encoding="utf-8")
        self._log = (folder / "adapter.log").open("w")
        self._start()

    @property
    def tty(self) -> str:
        """The link to the line, which follows it; a pty's own name is soon that of another."""
        return str((self.folder / "tty").absolute())

    def _start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "hil.virtual", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        ready = _first_line(process)
        if ready:
            self._process = process
            return
        process.kill()
        process.communicate()
        said = (self.folder / "adapter.log").read_text(errors="replace").strip()
        if not self._answers():
            raise RigFault(
                f"{self.rig}: the virtual rig did not start: {said or 'no word in time'}",
                hint="virtual rigs need Linux and: pip install 'fwrelease[virtual]'",
                code="VIRTUAL",
            )

    def _answers(self) -> bool:
        try:
            return self.control({"do": "status"}).get("ok") is True
        except RigFault:
            return False

    def control(self, request: Mapping[str, str]) -> Mapping[str, object]:
        """Ask the adapter for something and return its answer.

        Raises:
            RigFault: it is gone, or does not answer in time.
        """
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(_ANSWER_S)
                # A socket's path has 108 bytes at most (unix(7)); this one is always short.
                client.connect(f"/proc/self/fd/{folder}/control")
                client.sendall(json.dumps(dict(request)).encode() + b"\n")
                answer = json.loads(client.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise RigFault(
                f"{self.rig}: its adapter does not answer: {error}",
                hint=f"end what runs it (`hil rig up`?) and try `hil rig check {self.rig}`",
                code="VIRTUAL",
            ) from error
        finally:
            os.close(folder)
        if not isinstance(answer, dict):
            return {"ok": False, "error": f"answered {answer!r}"}
        return answer

    def close(self) -> None:
        """End the adapter and its board, if it was started here."""
        self._log.close()
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _described(rig: Rig, spec: VirtualSpec) -> dict[str, object]:
    return {
        "rig": rig.name,
        "board": rig.board,
        "revision": rig.revision,
        "chip_id": spec.chip_id,
        "baud": spec.baud,
        "latency_ms": spec.latency_ms,
        "seed": spec.seed,
        "faults": dict(spec.faults),
    }


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(_READY_S) else b""


def no_adapter(rig: Rig) -> Control:
    """Return the control of a rig that is real: it refuses."""

    def refuse(_: Mapping[str, str]) -> Mapping[str, object]:
        raise RigFault(
            f"{rig.name}: its power driver is `virtual`, but it is a real rig",
            hint="give it another power driver, or the key `virtual`",
            code="POWER",
        )

    return refuse
