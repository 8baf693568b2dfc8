"""Registry: the inventory of a lab from its files, and the drivers by their names."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from hil.errors import HilFault, RigFault, UsageFault
from hil.inventory.document import Document, read_document
from hil.inventory.parse import build_inventory, parse_inventory
from hil.inventory.recipes import uses_recipes, with_recipes
from hil.inventory.rig import Inventory, Rig, UsbIdentity
from hil.links.locate import ByUsb

_LARGEST_BYTES = 4 * 1024 * 1024
_YAML = frozenset({".yaml", ".yml"})


def load_inventory(path: Path) -> Inventory:
    """Return the inventory in ``path`` and in the files that it includes.

    A folder is one inventory of all its YAML files.

    Raises:
        UsageFault: with every mistake at once, each with file, line and key path.
    """
    return parse_inventory(_documents(path), source=str(path))


def reload_inventory(path: Path) -> Inventory:
    """Return an inventory that this campaign's planner has loaded, without checking it again.

    Raises:
        UsageFault: it was changed in between.
    """
    try:
        return build_inventory(_documents(path), source=str(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageFault(
            f"{path}: changed while the campaign ran: {error}", hint="run the campaign again"
        ) from error


def _documents(path: Path) -> list[Document]:
    documents: dict[Path, Document] = {}
    for file in inventory_files(path):
        _read(file, documents, chain=())
    if not any(uses_recipes(document) for document in documents.values()):
        return list(documents.values())
    recipes = flasher_recipes()
    return [with_recipes(document, recipes) for document in documents.values()]


def package_data() -> Any:  # noqa: ANN401 (Traversable moves between modules from 3.12 to 3.14)
    """Return the folder ``rigs``: inside an installed package, else beside it in a checkout."""
    inside = package_files("hil") / "rigs"
    if inside.is_dir():
        return inside
    return Path(str(package_files("hil"))).parent / "rigs"


def flasher_recipes() -> Mapping[str, Any]:
    """Return the recipes for flashing tools that come with this package."""
    file = package_data() / "recipes" / "flashers.yaml"
    document = read_document(file.read_text(encoding="utf-8"), name=file.name)
    recipes: Mapping[str, Any] = document.data["recipes"]
    return recipes


def inventory_files(path: Path) -> list[Path]:
    """Return the files that ``path`` means: itself, or the YAML files of a folder by name.

    Raises:
        UsageFault: a folder without YAML files.
    """
    if not path.is_dir():
        return [path]
    try:
        files = sorted(file for file in path.iterdir() if file.suffix in _YAML)
    except OSError as error:
        raise UsageFault(f"{path}: cannot be read: {error}", hint="whose folder is it?") from error
    if not files:
        raise UsageFault(
            f"{path}: a folder without an inventory (*.yaml)",
            hint=f"`hil rig discover > {path}/lab.yaml` writes one to start from",
        )
    return files


def source_files(path: Path) -> list[Path]:
    """Return every file that an inventory comes from; without what a broken one includes.

    Raises:
        UsageFault: a folder without YAML files.
    """
    files = inventory_files(path)
    try:
        return [Path(document.name) for document in _documents(path)]
    except UsageFault:
        return files


def _read(path: Path, documents: dict[Path, Document], *, chain: tuple[Path, ...]) -> None:
    try:
        here = path.resolve()
        if here in chain:
            raise UsageFault(f"{path}: includes itself", hint="take it out of one `include:`")
        if here in documents:
            return  # a second file of the lab includes it too
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageFault(f"{path}: larger than {_LARGEST_BYTES} bytes", hint="is it YAML?")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageFault(
            f"{path}: no such inventory",
            hint="`hil init --virtual DIR` writes one to start from",
        ) from error
    except (OSError, ValueError) as error:  # not UTF-8, or a name that no file can have
        raise UsageFault(
            f"{path}: cannot be read: {error}", hint="is it the right file?"
        ) from error
    document = read_document(text, name=str(path))
    documents[here] = document
    includes = document.data.get("include", ()) if isinstance(document.data, dict) else ()
    for other in includes if isinstance(includes, list) else ():
        if isinstance(other, str):
            _read(path.parent / other, documents, chain=(*chain, here))


def find_rig(inventory: Inventory, name: str) -> Rig:
    """Return the rig of that name.

    Raises:
        UsageFault: there is none; the message names those that there are.
    """
    try:
        return inventory.rigs[name]
    except KeyError:
        known = ", ".join(inventory.rigs) or "none"
        raise UsageFault(
            f"no rig {name!r} in {inventory.source}; it has: {known}",
            hint="`hil rig list` shows them with their state",
            code="UNKNOWN_RIG",
        ) from None


def find_driver(group: str, name: str) -> EntryPoint:
    """Return the driver that an installed package declares, without importing it.

    Raises:
        UsageFault: there is none; the message names those that there are.
    """
    found = {point.name: point for point in entry_points(group=group)}
    if name not in found:
        raise UsageFault(
            f"no {group} driver {name!r}; known: {', '.join(sorted(found)) or 'none'}",
            hint="a package that offers one declares it as an entry point",
            code="UNKNOWN_DRIVER",
        )
    return found[name]


def load_driver(group: str, name: str) -> Callable[..., Any]:
    """Return the driver that an installed package gives this name, for example in ``hil.power``.

    Raises:
        UsageFault: there is none; the message names those that there are.
        HilFault: DRIVER, it cannot be imported.
    """
    found = find_driver(group, name)
    try:
        loaded: Callable[..., Any] = found.load()
    except Exception as error:
        raise HilFault(
            f"{group} driver {name!r} ({found.value}) cannot be loaded: {error!r}",
            hint="install the package that brings it again",
            code="DRIVER",
        ) from error
    return loaded


def physical_identities(rig: Rig, *, state: Path) -> tuple[str, ...]:
    """Return what makes this rig the same rig in any inventory: line, probe and power channel."""
    if rig.virtual is not None:
        return (f"virtual:{state.resolve()}/{rig.name}",)
    serial, number = rig.serial, tuple[str, ...]()
    if isinstance(serial, UsbIdentity):
        line = f"usb:{serial.serial}:{serial.location}:{serial.interface}"
        number = _number_now(rig.name, serial)
    elif "{" in serial:  # a program that this rig's power driver starts, in the rig's own folder
        line = f"program:{state.resolve()}/{rig.name}"
    else:
        line = _line_identity(serial)
    shared = {
        "probe": rig.probe_id,
        "power": rig.power.options.get("channel"),
    }
    return (line, *number, *(f"{kind}:{name}" for kind, name in shared.items() if name))


def _number_now(rig: str, identity: UsbIdentity) -> tuple[str, ...]:
    """Return the device number of a USB adapter, by which another inventory may know it.

    It is absent while the adapter is; then nobody can open it by a path either.
    """
    from serial.tools.list_ports import comports  # noqa: PLC0415 (only for rigs named so)

    try:
        return (_line_identity(ByUsb(identity, comports).find(rig)),)
    except RigFault:
        return ()


def hold_identities(rig: Rig, *, state: Path) -> tuple[str, ...]:
    """Return what a hold is kept under: the rig, and the stable name of its line.

    An adapter that is unplugged has no device number, and its rig is held all the same.
    """
    stable = isinstance(rig.serial, str) and rig.serial.startswith("/dev/serial/")
    return (
        *physical_identities(rig, state=state),
        *([f"named:{rig.serial}"] if stable else []),
    )


def _line_identity(serial: str) -> str:
    """Identify a device by its number; a by-id link and a plain path to it are the same line."""
    if "://" in serial:
        return f"url:{serial}"
    try:
        return f"device:{Path(serial).stat().st_rdev}"
    except OSError:
        return f"path:{serial}"
