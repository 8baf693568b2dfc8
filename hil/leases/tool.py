"""Tool: run a command-line tool under a guard, and hear each line while it runs."""

import codecs
import os
import re
import selectors
import subprocess
from collections.abc import Callable, Sequence

from hil.interfaces import Clock, ToolResult
from hil.leases.guarded import Guarded

_LINE_END = re.compile(r"[\r\n\x08]+")  # progress is drawn with carriage returns and backspaces
_LONGEST_LINE = 4096
_KEPT_CHARACTERS = 1 << 18
_BITE = 1 << 16


def watch_tool(
    argv: Sequence[str],
    deadline_s: float,
    hear: Callable[[str], None],
    *,
    clock: Clock,
    leases: Sequence[int] = (),
) -> ToolResult:
    """Run ``argv`` for at most ``deadline_s`` and give each line that it says to ``hear``.

    Nothing of it lives when this returns, nor when an exception passes through it: one out of
    ``hear``, or a signal's. The result keeps the end of a long output.
    """
    ears = _Ears(hear)
    ends_s = clock.monotonic() + deadline_s
    child = Guarded(argv, leases=leases, output=subprocess.PIPE)
    try:
        with selectors.DefaultSelector() as ready, child.said as said:
            ready.register(said, selectors.EVENT_READ)
            while (left_s := ends_s - clock.monotonic()) > 0:
                if ready.select(left_s):
                    bite = os.read(said.fileno(), _BITE)
                    if not bite:
                        break
                    ears.take(bite)
            ears.end()
        # Its output may end before it does; a killed guard says 137, which is no exit code.
        code = child.wait(max(0.0, ends_s - clock.monotonic()))
    finally:
        child.end()
    return ToolResult(exit_code=code, output=ears.kept)


class _Ears:
    """Cuts a stream of bytes into lines; remembers the last of them."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self.kept = ""
        self._hear = hear
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def take(self, bite: bytes) -> None:
        text = self._decode(bite)
        self.kept = (self.kept + text)[-_KEPT_CHARACTERS:]
        *lines, self._rest = _LINE_END.split(self._rest + text)
        if len(self._rest) > _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], ""
        for line in lines:
            if line:
                self._hear(line)

    def end(self) -> None:
        rest, self._rest = self._rest, ""
        if rest:
            self._hear(rest)
