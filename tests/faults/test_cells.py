"""Every cell of the table ends as it says, leaves nothing behind, and is gone with its fault."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from hil.app import Lab
from hil.errors import RigBusy
from tests.faults.attempt import Attempt, Hang, deadlines_s, image_path
from tests.faults.campaign import run_campaign
from tests.faults.cell import Cell, Outcome
from tests.faults.children import descendants, end_all
from tests.faults.lab import FAULTY, NEIGHBOUR, hold, open_lab, write_inventory
from tests.faults.strike import draw
from tests.faults.tally import Run
from tests.support.bench import LabFolder
from tests.support.lab import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1500)]


def test_a_planted_fault_ends_as_the_table_says(
    cell: Cell,
    seed: int,
    older: bytes,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    folder = write_inventory(tmp_path)
    lab = open_lab(folder)
    if cell.old == "older":
        hold(lab, older)
    faults = draw(cell, seed, image_bytes=image_path(cell.image).stat().st_size)
    began_s = time.monotonic()
    try:
        outcome = _run(cell, seed, folder, lab, faults)
        breaches = _judge(cell, outcome)
    except Hang as hang:
        end_all(descendants(os.getpid()))
        outcome, breaches = Outcome(verdict="hang", says=str(hang)), ["hang"]
    took_s = time.monotonic() - began_s
    breaches += _leftovers(lab, tmp_path)
    run = Run(
        cell=cell.name, seed=seed, ended=outcome.label, took_s=round(took_s, 2), breaches=breaches
    )
    record_property("run", json.dumps(asdict(run)))
    assert not breaches, f"{breaches} with {faults}: {outcome}"


def _run(cell: Cell, seed: int, folder: LabFolder, lab: Lab, faults: dict[str, object]) -> Outcome:
    if cell.judged == "campaign":
        board = lab.inventory.boards[lab.inventory.rigs[FAULTY].board]
        bound_s = deadlines_s(board)
        return run_campaign(folder, cell.image, faults, seed=seed, bound_s=bound_s)
    return Attempt(
        lab=lab,
        rig=FAULTY,
        image=cell.image,
        folder=folder.root / "first",
        faults=faults if cell.planted == "start" else {},
        later=faults if cell.planted == "power-cycle" else None,
        only_load=cell.judged == "load",
        seed=seed,
    ).run()


def _judge(cell: Cell, outcome: Outcome) -> list[str]:
    found = {
        "wrong ending": not cell.is_right(outcome),
        "false product failure": cell.is_false_product_failure(outcome),
        "missed": cell.is_missed(outcome),
    }
    return [name for name, is_so in found.items() if is_so]


def _leftovers(lab: Lab, folder: Path) -> list[str]:
    """Return what a run has left undone: processes, leases, a rig that is still ill."""
    breaches = []
    if not eventually(lambda: not descendants(os.getpid())):
        end_all(descendants(os.getpid()))
        breaches.append("child left")
    try:
        for rig in (FAULTY, NEIGHBOUR):
            lab.lease(lab.inventory.rigs[rig], why="is it free?").release()
    except RigBusy:
        return [*breaches, "lease kept"]
    again = Attempt(lab=lab, rig=FAULTY, image="good", folder=folder / "again").run()
    return breaches if again.verdict == "passed" else [*breaches, "still ill"]
