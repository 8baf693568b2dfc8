"""``fwrelease demo``: three weeks of a shop in a minute, on virtual rigs and a simulated fleet."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import click

from fwrelease.cli.console import Console, example, with_console
from fwrelease.errors import BackendFault, UsageFault
from fwrelease.services.demo import Cast, Told, close, list_releases, set_scene, tell

_SETTING = {"HIL_STATE": "state", "FWRELEASE_WORKSPACE": "shop"}


@click.command(epilog=example("fwrelease demo", "fwrelease demo --folder /tmp/demo"))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("fwrelease-demo"),
    show_default=True,
    help="a new folder for all that the demo leaves",
)
@click.option(
    "--second-image",
    default="nano-v2-1.1.0.bin",
    show_default=True,
    help="the image that is released as 1.1.0",
)
@click.option(
    "--worn-rig",
    type=click.Choice(["virt-a1", "virt-a2", "virt-b1", "virt-b2"]),
    default="virt-a2",
    show_default=True,
    help="the rig whose flash is worn out while 1.1.0 is tested",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, 3),
    default=3,
    show_default=True,
    help="how many of the three builds to tell of",
)
@click.option(
    "--silent-rate",
    type=click.FloatRange(0.0, 1.0),
    default=0.02,
    show_default=True,
    help="the share of devices that never answer again after they took 1.2.0",
)
@with_console
def demo(
    folder: Path,
    second_image: str,
    worn_rig: str,
    weeks: int,
    silent_rate: float,
    console: Console,
) -> int:
    """Carry three builds from image files to a fleet, with the commands that you would type."""
    stage = _Stage(folder.absolute())
    cast = Cast(second_image=second_image, worn_rig=worn_rig, silent_rate=silent_rate)
    begun_s = monotonic()
    stage.say("A shop, its lab of four virtual rigs, and a fleet of 100,000 devices.")
    for name, value in _SETTING.items():
        stage.say(f"$ export {name}={value}")
    set_scene(stage.run, stage.write, cast)
    told = []
    for release in list_releases(cast)[:weeks]:
        stage.say(f"\n{release.says}")
        told.append(tell(stage.run, release))
    stage.say("\nWhat is left to look at.")
    close(stage.run, told)
    wall_s = monotonic() - begun_s
    console.answer(_document(told, folder, wall_s), _summary(told, folder, wall_s))
    return 0


class _Stage:
    """Shows each command line and runs it, with everything that it says on standard error."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise UsageFault(
                f"{folder} is not empty", hint="remove it, or give another one: --folder DIR"
            )
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._environment = os.environ | _SETTING

    def say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def run(self, argv: Sequence[str]) -> int:
        self.say(f"\n$ {' '.join(argv)}")
        program = Path(sys.executable).with_name(argv[0])
        try:
            done = subprocess.run(
                [program, *argv[1:]],
                cwd=self._folder,
                env=self._environment,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
            )
        except OSError as error:
            raise BackendFault(
                f"{program} does not start: {error.strerror}",
                hint="install the project into one environment, then start the demo from there",
            ) from error
        return done.returncode

    def write(self, source: str, target: str, find: str, put: str) -> None:
        text = (self._folder / source).read_text(encoding="utf-8")
        if text.count(find) != 1:
            raise BackendFault(f"{source} does not hold {find!r} once", hint="report this")
        (self._folder / target).write_text(text.replace(find, put), encoding="utf-8")
        self.say(f"(planted in {target}: {put})")


def _summary(told: Sequence[Told], folder: Path, wall_s: float) -> str:
    lines = ["", *(each.sentence() for each in told), ""]
    lines += [f"{name:<12}{path}" for name, path in _left(folder).items()]
    return "\n".join([*lines, f"{wall_s:.0f} s"])


def _left(folder: Path) -> dict[str, str]:
    return {
        "report": str(folder / "shop" / "report.html"),
        "workspace": str(folder / "shop"),
        "evidence": str(folder / "campaigns" / "1.0.0" / "evidence"),
        "transcripts": str(folder / "campaigns" / "1.0.0" / "transcripts"),
        "junit": str(folder / "campaigns" / "1.0.0" / "junit.xml"),
    }


def _document(told: Sequence[Told], folder: Path, wall_s: float) -> dict[str, object]:
    return {
        "schema": 1,
        "releases": [
            {
                "version": each.version,
                "campaign_exit": each.campaign,
                "gate_exit": each.gate,
                "rollout_exit": each.rollout,
                "says": each.sentence(),
            }
            for each in told
        ],
        "left": _left(folder),
        "wall_s": round(wall_s, 3),
    }
