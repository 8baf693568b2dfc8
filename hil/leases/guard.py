"""Guard: a small process that owns a child and all its descendants, and outlives the harness.

Run as a program: ``guard.py CONTROL_FD HELD_FDS -- ARGV``. It starts ARGV in a session of its own,
holds the lease descriptors, and waits. When the pipe CONTROL_FD closes, because the harness let go
or died in whatever way, it kills every descendant; only then do the leases fall. When the child
ends first, what it left behind is killed too, and its exit code handed on.

``PR_SET_PDEATHSIG`` alone would not do: it does not reach grandchildren, and fires when the
*thread* that spawned ends (prctl(2)). A subreaper adopts every orphan below it, so nothing
escapes by forking twice. Standard library only, so that it starts in milliseconds.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_S = 0.02
_CANNOT_START = 127  # as shells have it


def main(argv: list[str]) -> int:
    """Run the guard; returns the child's exit code, 137 if told to kill, 127 if it cannot start."""
    control = int(argv[1])
    held = [int(number) for number in argv[2].split(",") if number]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe ends a guard
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    try:
        child = subprocess.Popen(  # one thread here, so that preexec_fn is safe
            argv[4:],
            start_new_session=True,
            pass_fds=held,
            preexec_fn=_default_signals,  # noqa: PLW1509
        )
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[4]}: {error.strerror}\n")
        return _CANNOT_START
    while child.poll() is None:
        ready, _, _ = select.select([control, wake_read], [], [])
        if wake_read in ready:
            os.read(wake_read, 512)
        if control in ready and not os.read(control, 512):
            _kill_descendants()
            return 137
    _kill_descendants()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def _kill_descendants() -> None:
    """Kill until none is left; new ones may appear while others die."""
    while found := _descendants(os.getpid()):
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if _descendants(os.getpid()):
            time.sleep(_LOOK_S)  # noqa: TID251 (the kernel takes a moment; there is no event)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv))
