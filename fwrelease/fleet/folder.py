"""Fleet folder: fleet.yaml, which people write, and state.npz, in which the fleet lives on."""

import dataclasses
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from fwrelease.errors import BackendFault, UsageFault
from fwrelease.fleet.device import make_devices
from fwrelease.fleet.life import Life
from fwrelease.fleet.simulated import SimulatedFleet, new_fleet
from fwrelease.fleet.world import World, parse_world

_FORMAT = 1


def read_world(file: Path) -> World:
    """Return the fleet that a fleet.yaml describes.

    Raises:
        UsageFault: there is no such file, or it describes no fleet.
    """
    import yaml  # noqa: PLC0415  no other command of the fleet needs it

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageFault(
            f"{file}: {error.strerror}", hint="`fwrelease init` writes one to start from"
        ) from error
    except yaml.YAMLError as error:
        raise UsageFault(f"{file} is no YAML: {error}", hint="mend the line it names") from error
    return parse_world(document, name=str(file))


def load_fleet(world: World, state: Path) -> SimulatedFleet:
    """Return the fleet as ``state`` has it, or a new one where there is no such file.

    Raises:
        UsageFault: the file belongs to a fleet of another size or seed.
        BackendFault: the file cannot be read.
    """
    if not state.exists():
        return new_fleet(world)
    try:
        with np.load(state, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            parts = {part.name: arrays[part.name] for part in dataclasses.fields(Life)}
            places = {salt: arrays[f"places_{n}"] for n, salt in enumerate(about["salts"])}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BackendFault(
            f"{state} cannot be read: {error}", hint="delete it to begin with a new fleet"
        ) from error
    if about["identity"] != _identity(world):
        raise UsageFault(
            f"{state} belongs to another fleet: {about['identity']}, not {_identity(world)}",
            hint="take the change of fleet.yaml back, or delete the file to begin anew",
        )
    return SimulatedFleet(
        world=world,
        devices=make_devices(world),
        life=Life(**parts),
        versions=tuple(about["versions"]),
        now_s=about["now_s"],
        places_by_salt=places,
    )


def save_fleet(fleet: SimulatedFleet, state: Path) -> None:
    """Write the fleet durably: afterwards the file is the old or the new one, never half of it."""
    about = {
        "format": _FORMAT,
        "identity": _identity(fleet.world),
        "versions": fleet.versions,
        "now_s": fleet.now_s,
        "salts": list(fleet.places_by_salt),
    }
    arrays = {part.name: getattr(fleet.life, part.name) for part in dataclasses.fields(Life)}
    arrays |= {f"places_{n}": places for n, places in enumerate(fleet.places_by_salt.values())}
    buffer = io.BytesIO()
    np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
    _replace(state, buffer.getbuffer())


def _identity(world: World) -> str:
    return f"{world.devices} devices, seed {world.seed}, baseline {world.baseline}"


def _replace(file: Path, data: memoryview) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
