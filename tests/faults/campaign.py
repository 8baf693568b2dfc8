"""Campaign: what ``hil run`` answers when one of its two rigs has a planted fault."""

import json
import subprocess
from collections.abc import Mapping

from tests.faults.attempt import Hang, image_path
from tests.faults.cell import Outcome
from tests.faults.lab import FAULTY
from tests.support.bench import CHIPS, LabFolder

_EXITS = {0: "passed", 1: "failed", 3: "inconclusive"}
_WAVES = 3


def run_campaign(
    folder: LabFolder, image: str, faults: Mapping[str, object], *, seed: int, bound_s: float
) -> Outcome:
    """Return the verdict, and why the faulty rig was taken out.

    Raises:
        Hang: it did not end within what its waves may take.
    """
    chip = f'"{CHIPS[FAULTY]}"'
    planted = folder.inventory.with_name("planted.yaml")
    text = folder.inventory.read_text("utf-8")
    text = text.replace(chip, f"{chip}, seed: {seed}, faults: {json.dumps(dict(faults))}")
    planted.write_text(text, encoding="utf-8")
    words = ("run", "--inventory", planted, "--suite", "smoke", "--out", "out", "--format", "json")
    images = ("--image", f"nano-v2:b={image_path(image)}", "--baseline")
    try:
        answer = folder.hil(
            *(*words, *images, f"nano-v2={image_path('older')}"), timeout_s=_WAVES * bound_s
        )
    except subprocess.TimeoutExpired as late:
        raise Hang(f"hil run was still running after {late.timeout:g} s") from late
    if answer.code not in _EXITS:
        return Outcome(verdict="harness error", code=f"exit {answer.code}", says=answer.err)
    rig = next(each for each in answer.document["rigs"] if each["rig"] == FAULTY)
    out = rig["reason"].split(":")[0] if rig["state"] == "quarantined" else ""
    verdict = str(answer.document["verdict"])
    if verdict != _EXITS[answer.code]:
        return Outcome(verdict="harness error", says=f"{verdict}, but exit {answer.code}")
    return Outcome(verdict=verdict, code=out, says=str(answer.document["headline"]))
