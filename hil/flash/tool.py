"""Flash by a command-line tool, as a bounded child under the guard."""

import shlex
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from hil.errors import FlashFault, UsageFault
from hil.interfaces import (
    Console,
    Flashed,
    FlasherContext,
    ImageFile,
    Progress,
    ToolResult,
)
from hil.inventory.placeholder import fill_all, names_in
from hil.inventory.places import image_places
from hil.inventory.tool_spec import Before, LineUse, ToolRefused, ToolSpec, parse_tool
from hil.leases.tool import watch_tool

_LAST_LINES = 5
_LONGEST_LOG = 4 << 20
_NOT_FOUND = 127
_HINTS = {
    "FLASH_CONNECT": "is the board on, in its bootloader, and its probe or port the one described?",
    "FLASH_TRANSFER": "check cable and supply; the tool's output says how far it came",
    "FLASH_REFUSED": "is the image for this board? `hil image show FILE` tells",
    "FLASH_VERIFY": "the flash memory or the line of this rig is not to be trusted",
}


class ToolFlasher:
    """Options: ``command`` or ``recipe``, ``before``, ``line``, ``phases``, ``errors``, ``exits``.

    :mod:`hil.inventory.tool_spec` has their meaning, ``rigs/recipes/flashers.yaml`` examples.
    """

    def __init__(self, context: FlasherContext) -> None:
        self._context = context
        self._rig = context.rig.name
        try:
            self._spec = parse_tool(context.spec.options)
        except ToolRefused as refusal:
            raise UsageFault(
                f"{context.board.name}: flasher: {refusal}",
                hint="docs/how-to/add-a-board.md shows a board with a tool",
            ) from refusal
        self._refuse_unfillable()

    def _refuse_unfillable(self) -> None:
        names = names_in(self._spec.command)
        if names & {"at", "at_hex"} and self._context.board.image.at is None:
            raise UsageFault(
                f"{self._context.board.name}: the flasher's command has {{at}}, but the board has "
                "no address",
                hint="for example image: {at: 0x08000000}",
            )
        if "port" in names and self._spec.line is LineUse.KEPT:
            raise UsageFault(
                f"{self._context.board.name}: the flasher's command has {{port}}, but keeps the "
                "line",
                hint="say `line: handed_over`",
            )

    def flash(self, image: ImageFile, console: Console, *, progress: Progress) -> Flashed:
        """Bring the board where the tool wants it, lend it the line, and run it.

        Raises:
            FlashFault: by the tool's exit status and words, or FLASH_TIMEOUT.
        """
        clock = self._context.clock
        begun_s = clock.monotonic()
        self._find_tool()
        match self._spec.before:
            case Before.RESET:
                console.reset()
            case Before.POWER_CYCLE:
                console.power_cycle()
            case Before.NOTHING:
                pass
        left_s = self._context.spec.timeout_s - (clock.monotonic() - begun_s)
        ears = Ears(self._spec, progress)
        with self._ready(image, console) as argv, self._log(argv) as note:

            def hear(line: str) -> None:
                note(line)
                ears.hear(line)

            result = watch_tool(argv, left_s, hear, clock=clock, leases=self._context.leases)
        duration_s = clock.monotonic() - begun_s
        self._judge(result, ears, len(image.payload), duration_s)
        progress("flash", 1.0)
        return Flashed(sent_bytes=len(image.payload), duration_s=duration_s)

    def _find_tool(self) -> None:
        if shutil.which(self._spec.command[0]) is None:
            raise self._missing(self._spec.command[0])

    def _missing(self, tool: str, said: str = "no such program on this machine") -> FlashFault:
        how = (
            self._spec.install or f"install it, or give its path in the flasher's `command`: {tool}"
        )
        return FlashFault(
            f"{self._rig}: {tool}: {said}", hint=how, code="FLASH_TOOL", phase="connect"
        )

    @contextmanager
    def _ready(self, image: ImageFile, console: Console) -> Iterator[list[str]]:
        """Yield the command line, with the image in a file and the line lent where it is asked."""
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hil-flash-"))
            given = Path(folder) / f"given{image.facts.format.suffix}"
            places = {
                **self._context.places,
                **image_places(image.payload, at=self._context.board.image.at),
                "baud": str(self._context.board.baud),
                "image": str(_write(Path(folder) / "image.bin", image.payload)),
                "image_file": str(_write(given, image.data)),
                **_free_ports(),
            }
            places.pop("port", None)  # the TCP port of a board that is a program is not the line
            if self._spec.line is LineUse.HANDED_OVER:
                places["port"] = stack.enter_context(console.hand_over())
            yield fill_all(self._spec.command, places)

    @contextmanager
    def _log(self, argv: list[str]) -> Iterator[Callable[[str], None]]:
        """Yield what takes a line for the file that keeps the tool's output."""
        self._context.folder.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("a", encoding="utf-8") as stream:
            _note(stream, f"$ {shlex.join(argv)}")
            yield lambda line: _note(stream, line)

    @property
    def _log_path(self) -> Path:
        return self._context.folder / f"{self._rig}.flasher.log"

    def _judge(self, result: ToolResult, ears: "Ears", size: int, duration_s: float) -> None:
        tool = Path(self._spec.command[0]).name
        if result.exit_code is None:
            timeout_s = self._context.spec.timeout_s
            code, happened = "FLASH_TIMEOUT", f"did not end within {timeout_s:g} s and was killed"
        elif ears.error:
            code, happened = ears.error, f"failed (exit {result.exit_code})"
        elif result.exit_code == 0:
            return
        else:
            code = self._spec.exits.get(result.exit_code, "FLASH_TOOL")
            happened = f"ended with exit {result.exit_code}"
        if result.exit_code == _NOT_FOUND and code == "FLASH_TOOL":
            raise self._missing(tool, _tail(result.output))
        raise FlashFault(
            f"{self._rig}: {tool} {happened} in phase {ears.phase}: "
            f"{ears.error_line or _tail(result.output)}",
            hint=f"{_HINTS.get(code, 'run it by hand')}; {self._log_path} holds its output",
            code=code,
            phase=ears.phase,
            sent_bytes=int(size * ears.share),
            duration_s=duration_s,
        )


class Ears:
    """Understands what a tool says: the phase, how much is done, and the first error."""

    def __init__(self, spec: ToolSpec, progress: Progress) -> None:
        self.phase = "connect"
        self.share = 0.0
        self.error = ""
        self.error_line = ""
        self._spec = spec
        self._progress = progress

    def hear(self, line: str) -> None:
        """Take one line of the tool's output."""
        raw = line.encode()
        for phase, pattern in self._spec.phases:
            found = pattern.search(raw)
            if found:
                self.phase = phase
                self._advance(found.groups)
                break
        for code, pattern in self._spec.errors:
            if not self.error and pattern.search(raw):
                self.error, self.error_line = code, line.strip()

    def _advance(self, groups: Mapping[str, str]) -> None:
        percent = groups.get("percent", "")
        if percent.isdecimal():
            # A tool may count several times, for each part of an image: it never goes back here.
            self.share = max(self.share, min(int(percent), 100) / 100)
        self._progress("flash", self.share)


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _free_ports() -> dict[str, str]:
    """Return three TCP ports that are free now, as debuggers like to open servers."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {
            f"free_port_{number}": str(probe.getsockname()[1])
            for number, probe in enumerate(probes, start=1)
        }


def _note(stream: IO[str], line: str) -> None:
    if stream.tell() < _LONGEST_LOG:
        stream.write(line + "\n")


def _tail(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " | ".join(lines[-_LAST_LINES:]) or "it said nothing"
