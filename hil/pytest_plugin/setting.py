"""Setting: which wave this pytest process is part of, and which of its rigs are its own."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fwrelease.evidence.image import Image, recognise
from hil.app import Lab, default_state
from hil.campaigns.attempt import WaveKind
from hil.campaigns.record import WavePlan, parse_plan
from hil.campaigns.wave import Assignment, Wave
from hil.errors import HilFault, RigBusy, UsageFault
from hil.history import History
from hil.inventory.board import ImageSpec
from hil.inventory.fit import refusal
from hil.inventory.rig import Rig
from hil.leases.lease import Lease
from hil.registry import load_inventory, reload_inventory

_KEY = pytest.StashKey["Setting"]()
NO_IMAGE = ""
"""Stands for the digest where a rig is used as it is, without flashing."""


@dataclass(slots=True)
class Setting:
    """One process of a wave. ``own_rigs`` may run here; ``leases`` end with the process."""

    lab: Lab
    plan: WavePlan
    own_rigs: tuple[str, ...]
    confirms: str
    leases: list[Lease]

    def assignment(self, rig: str) -> Assignment:
        """Return what a rig does in this wave."""
        return next(a for a in self.plan.wave.assignments if a.rig == rig)

    def image(self, sha256: str) -> tuple[Image, bytes]:
        """Return an image of this wave, read anew and checked against its digest."""
        path = Path(self.plan.images[sha256])
        data = path.read_bytes()
        facts = recognise(data, name=path.name)
        if facts.sha256 != sha256:
            raise UsageFault(f"{path}: changed since the wave was planned", hint="run it again")
        return facts, data


def find_setting(config: pytest.Config) -> Setting:
    """Return the setting of this process; made once, at the first call."""
    if _KEY not in config.stash:
        try:
            config.stash[_KEY] = _make(config)
        except HilFault as fault:
            raise pytest.UsageError(f"hil: {fault.message}\nhint: {fault.hint}") from fault
    return config.stash[_KEY]


def _make(config: pytest.Config) -> Setting:
    given = getattr(config, "workerinput", None)
    if given is not None:
        plan = parse_plan(json.loads(given["hil_plan"]))
        own = (given["hil_rig"],) if given["hil_rig"] else ()
        return Setting(_lab(plan), plan, own, given["hil_confirms"], [])
    if config.getoption("hil_plan"):
        plan = parse_plan(json.loads(Path(config.getoption("hil_plan")).read_text("utf-8")))
        rigs = tuple(assignment.rig for assignment in plan.wave.assignments)
        return Setting(_lab(plan), plan, rigs, "hil run", [])
    return _lease_all(config)


def _lab(plan: WavePlan) -> Lab:
    return Lab(reload_inventory(Path(plan.inventory)), Path(plan.state))


def _lease_all(config: pytest.Config) -> Setting:
    """Plain pytest: take every rig that is free and in the pool, while this process lives."""
    inventory = _named(config, config.getoption("hil_inventory"), config.getini("hil_inventory"))
    state = Path(config.getoption("hil_state") or default_state()).absolute()
    lab = Lab(load_inventory(inventory), state)
    images, paths = _images(config)
    leases, assignments = [], []
    out = History(state).quarantined()
    for rig in lab.inventory.rigs.values():
        if rig.name in out or not rig.enabled:
            continue
        image = _image_for(rig, images, lab.inventory.boards[rig.board].image)
        if images and image is None:
            continue
        try:
            leases.append(lab.lease(rig, why="pytest"))
        except RigBusy:
            continue
        digest = image.sha256 if image else NO_IMAGE
        assignments.append(Assignment(rig=rig.name, image_sha256=digest))
    name = f"pytest-{uuid.uuid4().hex[:8]}"
    plan = WavePlan(
        campaign=name,
        ordinal=1,
        inventory=str(inventory),
        state=str(state),
        out=str(Path(config.getoption("hil_out") or state / "runs" / name).absolute()),
        images=paths,
        wave=Wave(kind=WaveKind.MAIN, assignments=tuple(assignments)),
    )
    return Setting(lab, plan, tuple(a.rig for a in assignments), "", leases)


def _image_for(rig: Rig, images: Mapping[tuple[str, str], Image], takes: ImageSpec) -> Image | None:
    """Return the image that was given for a rig, if one was.

    Raises:
        UsageFault: it was given for this board, and cannot go there.
    """
    image = images.get((rig.board, rig.revision))
    if image is None:
        image = images.get((rig.board, ""))
        if image is None or (image.revisions and rig.revision not in image.revisions):
            return None
    refused = refusal(image, takes, board=rig.board, revision=rig.revision)
    if refused is not None:
        raise UsageFault(
            f"the image given for {rig.board} {refused.says}",
            hint="nothing was flashed; `hil image show` shows what an image is for",
            code=refused.code,
        )
    return image


def _named(config: pytest.Config, option: str | None, setting: str) -> Path:
    """Return a path: from the command line relative to here, from the settings to the rootdir."""
    return config.invocation_params.dir / option if option else config.rootpath / setting


def _images(config: pytest.Config) -> tuple[dict[tuple[str, str], Image], dict[str, str]]:
    images, paths = {}, {}
    given = config.getoption("hil_image")
    for entry in given or config.getini("hil_images"):
        target, _, file = entry.partition("=")
        board, _, revision = target.partition(":")
        path = _named(config, file if given else "", file)
        if not file or not path.is_file():
            raise UsageFault(f"--hil-image {entry}: no such file", hint="BOARD[:REV]=FILE")
        image = recognise(path.read_bytes(), name=path.name)
        images[board, revision] = image
        paths[image.sha256] = str(path.absolute())
    return images, paths
