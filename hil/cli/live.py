"""Live: a campaign while it runs; rigs as rows on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hil.cli.output import Output
from hil.wave import Event, Listener

_QUARTER = 0.25


@contextmanager
def open_view(output: Output) -> Iterator[Listener]:
    """Show events until the campaign ends, on standard error."""
    if output.for_people:
        with _rows() as listener:
            yield listener
    else:
        yield _Lines(output).take


class _Lines:
    """Says what is new in one line each: a log that a CI job can keep."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown: dict[str, tuple[str, float]] = {}

    def take(self, event: Event) -> None:
        words = describe(event)
        rig, share = str(event.get("rig", "")), _share(event)
        before = self._shown.get(rig, ("", 0.0))
        small = words == before[0] and 0 < share < min(1.0, before[1] + _QUARTER)
        if small or (words, share) == before:
            return
        self._shown[rig] = (words, share)
        percent = f" {share:.0%}" if share and event.get("phase") == "flash" else ""
        self._output.note(f"{rig + ': ' if rig else ''}{words}{percent}")


def describe(event: Event) -> str:
    """Return what an event says, without its rig."""
    if "wave" in event:
        return f"wave {event['ordinal']} ({event['wave']}) on {event['rigs']} rigs"
    phase = str(event.get("phase", ""))
    reason = event.get("reason")
    return f"{phase}: {reason}" if reason else phase


def _share(event: Event) -> float:
    share = event.get("share", 0.0)
    return float(share) if isinstance(share, (int, float)) else 0.0


@contextmanager
def _rows() -> Iterator[Listener]:
    from rich.console import Console  # noqa: PLC0415 (only where somebody watches)
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    progress = Progress(
        TextColumn("{task.fields[rig]:<12}"),
        TextColumn("{task.fields[phase]:<24}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        console=Console(stderr=True),
    )
    tasks: dict[str, Any] = {}

    def take(event: Event) -> None:
        rig = str(event.get("rig", ""))
        if event.get("phase") == "published":
            for task in tasks.values():
                progress.update(task, phase="released", completed=1.0)
            return
        if not rig:
            progress.console.print(describe(event), style="dim", highlight=False)
            return
        if rig not in tasks:
            tasks[rig] = progress.add_task("", total=1.0, rig=rig, phase="")
        shown = describe(event)
        if event.get("phase") == "quarantined":
            progress.console.print(f"{rig} {shown}", style="yellow", highlight=False)
        progress.update(tasks[rig], phase=shown[:24], completed=_share(event))

    with progress:
        yield take
