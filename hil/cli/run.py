"""``hil run``: a campaign from the command line."""

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import click

from fwrelease.evidence.image import Image
from hil.app import Lab
from hil.campaigns.campaign import BUSY, DISABLED, HELD, Place, RigSeat
from hil.campaigns.record import Loading
from hil.campaigns.result import CaseVerdict, Unproven
from hil.cli.image import open_image
from hil.cli.live import open_view
from hil.cli.output import Output, form_option, inventory_option, open_lab, state_option
from hil.errors import UsageFault
from hil.inventory.board import ImageSpec
from hil.inventory.fit import refusal
from hil.inventory.rig import Inventory
from hil.registry import find_rig
from hil.report import Finished
from hil.runner import Request, Run
from hil.suite import find_suite

_FRAMES = 5  # of a backtrace, on the terminal; the result has them all


@click.command()
@inventory_option
@click.option("--image", "images", multiple=True, required=True, metavar="BOARD[:REV]=FILE")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="BOARD[:REV]=FILE",
    help="The last good build; without it, the newest that passed this suite in this lab.",
)
@click.option("--suite", default="smoke", show_default=True, help="A name, or a path to tests.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
@click.option("--rig", "rigs", multiple=True, help="Only these rigs; may be repeated.")
@click.option(
    "--accept-unproven",
    "unproven",
    flag_value=Unproven.ACCEPTED,
    default=Unproven.REFUSED,
    type=Unproven,
    help="Let passes count on boards that cannot show their image; the evidence says so.",
)
@click.option(
    "--no-flash",
    "loading",
    flag_value=Loading.FIND,
    default=Loading.FLASH,
    type=Loading,
    help="Judge what the boards hold: each has to show that it is the image.",
)
@click.option(
    "--elf",
    "elves",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Decodes backtraces of its build; FILE.elf beside an image is found without it.",
)
@state_option
@form_option
def run(
    inventory: Path,
    images: tuple[str, ...],
    baselines: tuple[str, ...],
    suite: str,
    out: Path,
    rigs: tuple[str, ...],
    unproven: Unproven,
    loading: Loading,
    elves: tuple[Path, ...],
    state: Path | None,
    form: str,
) -> int:
    """Run a campaign: flash, prove, test in parallel, confirm each failure by experiment.

    \b
    Example:
      hil run --inventory lab/virtual.yaml --image nano-v2=lab/images/nano-v2-1.0.0.bin \\
              --suite smoke --out out
    """
    output = Output(form)
    lab = open_lab(inventory, state)
    candidates = _read_images(images, lab.inventory)
    for name in rigs:
        find_rig(lab.inventory, name)
    request = Request(
        images={place: path for place, (path, _) in candidates.items()},
        facts={place: facts for place, (_, facts) in candidates.items()},
        baselines=_read_images(baselines, lab.inventory),
        suite=find_suite(suite, boards=_asked_of_boards(lab)),
        out=out,
        campaign=f"c-{lab.clock.utc():%Y%m%dT%H%M%S}-{out.name}",
        harness=f"fwrelease {version('fwrelease')}",
        symbols=(*elves, *(path for path, _ in candidates.values())),
        only_rigs=frozenset(rigs),
        unproven=unproven,
        loading=loading,
    )
    with open_view(output) as view:
        finished, document = Run(lab, request, view).execute()
    output.document(document, _summary(finished, document))
    return finished.result.verdict.exit_code


def _read_images(entries: Iterable[str], inventory: Inventory) -> dict[Place, tuple[Path, Image]]:
    """Return images by board and revision.

    Without a revision an image goes to all that it says it is made for; one that does not say so
    goes to all that the lab has of the board.

    Raises:
        UsageFault: a file is missing, no image, or not one that the board takes.
    """
    found: dict[Place, tuple[Path, Image]] = {}
    for entry in entries:
        target, separator, file = entry.partition("=")
        board, _, revision = target.partition(":")
        if not separator or not board or not file:
            raise UsageFault(f"{entry!r} is not BOARD[:REV]=FILE", hint="nano-v2=build/app.bin")
        path = Path(file)
        facts, _data = open_image(path)
        takes = inventory.boards[board].image if board in inventory.boards else ImageSpec()
        for each in (revision,) if revision else facts.revisions or _revisions(inventory, board):
            refused = refusal(facts, takes, board=board, revision=each)
            if refused is not None:
                raise UsageFault(
                    f"{path} {refused.says}",
                    hint="nothing was flashed; `hil image show` shows what an image is for",
                    code=refused.code,
                )
            found[board, each] = (path, facts)
    return found


def _revisions(inventory: Inventory, board: str) -> tuple[str, ...]:
    found = {rig.revision for rig in inventory.rigs.values() if rig.board == board}
    if not found:
        raise UsageFault(
            f"{inventory.source} has no rig of {board}",
            hint="`hil rig list` shows what it has",
            code="INFEASIBLE",
        )
    return tuple(sorted(found))


def _asked_of_boards(lab: Lab) -> str:
    """Return what the boards' YAML asks, in one form: it is part of the suite."""
    asked = {
        name: {case: [e.send, e.expect, e.timeout_s] for case, e in board.smoke.items()}
        for name, board in lab.inventory.boards.items()
    }
    return json.dumps(asked, sort_keys=True)


def _summary(finished: Finished, document: dict[str, object]) -> str:
    lines = [finished.result.headline]
    for case in finished.result.cases:
        if case.verdict is not CaseVerdict.PASSED:
            place = f"{case.case.board}:{case.case.revision}"
            lines.append(f"  {case.verdict:<13}{place} {case.case.case}: {case.says}")
            traces = (each.backtrace for each in case.attempts if each.backtrace)
            lines += [f"{'':<15}{frame}" for frame in next(traces, ())[:_FRAMES]]
    lines += [_absentee(seat) for seat in finished.campaign.rigs if seat.out_because]
    passed = sum(case.verdict is CaseVerdict.PASSED for case in finished.result.cases)
    asked, tries = len(finished.result.cases), len(finished.campaign.attempts)
    lines.append(
        (f"{passed} of {asked} cases passed; " if asked else "no case was run; ")
        + f"{tries} attempts in {len(finished.campaign.waves)} waves; {finished.wall_s:.1f} s"
    )
    evidence = document["evidence"]
    assert isinstance(evidence, list)
    lines += [f"evidence: {path}" for path in evidence] or ["evidence: none, nothing is proven"]
    lines.append(f"junit:    {document['junit']}")
    return "\n".join(lines)


def _absentee(seat: RigSeat) -> str:
    """Say why a rig did not take part or no longer does, and how it comes back."""
    code = seat.out_because.partition(":")[0]
    hint = {
        BUSY: "wait until it is free: `hil rig list`",
        HELD: f"`hil rig list`; your own hold ends with `hil rig release {seat.rig}`",
        DISABLED: "take `enabled: false` out of the inventory",
    }.get(code, f"`hil rig check {seat.rig}`; once it is mended: `hil rig enable {seat.rig}`")
    return f"  {seat.rig} is out: {seat.out_because}\n{'':<15}-> {hint}"
