"""Build the virtual rig's firmware from ``rigs/firmware``; ``nox -s firmware`` runs it.

``--check`` rebuilds in a temporary folder and compares every committed byte; ``--write`` replaces
the committed images. The bytes depend neither on the folder nor on the environment: both are
mapped away in the debug information, which the build id covers.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

import yaml
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection

FIRMWARE = Path(__file__).resolve().parents[1] / "rigs" / "firmware"
TLV_BOARD_NAME, TLV_REVISION_MASK, TLV_BUILD_ID = "0x00A0", "0x00A1", "0x00A2"


class BuildFault(Exception):
    """The firmware could not be built; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One thing to link: what goes in, and the stem of the files that come out."""

    file: str
    linker_script: str
    sources: tuple[str, ...]
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """How an application becomes a MCUboot image."""

    version: str
    board: str
    revisions: tuple[str, ...]
    header_bytes: int
    slot_bytes: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The whole of ``build.yaml``."""

    tools: dict[str, str]
    flags: tuple[str, ...]
    bootloader: Program
    applications: tuple[tuple[Program, Wrapping], ...]


def read_recipe(path: Path) -> Recipe:
    """Read the build recipe."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    boot, app = data["bootloader"], data["application"]
    return Recipe(
        tools={name: str(version) for name, version in data["tools"].items()},
        flags=tuple(data["compiler_flags"]),
        bootloader=Program(
            file=boot["file"], linker_script=boot["linker_script"], sources=tuple(boot["sources"])
        ),
        applications=tuple(
            (
                Program(
                    file=f"{app['file_prefix']}{name}",
                    linker_script=app["linker_script"],
                    sources=tuple(app["sources"]),
                    defines=(
                        f'APP_VERSION="{variant["version"]}"',
                        *variant.get("defines", ()),
                    ),
                ),
                Wrapping(
                    version=str(variant["version"]),
                    board=variant.get("board", "nano-v2"),
                    revisions=tuple(variant.get("revisions", ("a", "b"))),
                    header_bytes=app["header_bytes"],
                    slot_bytes=app["slot_bytes"],
                    key=app["key"],
                ),
            )
            for name, variant in data["variants"].items()
        ),
    )


def check_tools(pins: dict[str, str]) -> None:
    """Refuse tools of another version: their bytes would differ.

    Raises:
        BuildFault: a tool is missing or not the pinned one.
    """
    for name, pin in pins.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "nothing"
        if found != pin:
            raise BuildFault(f"{name} {pin} is needed, found {found}: pip install {name}=={pin}")


def run(command: Sequence[str], *, cwd: Path) -> None:
    """Run a tool of the build.

    Raises:
        BuildFault: it failed; the message is what it said.
    """
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFault(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def link(program: Program, flags: tuple[str, ...], out: Path) -> Path:
    """Compile and link ``program``; return its ELF."""
    sources = FIRMWARE / "src"
    zig = util.find_spec("ziglang")
    if zig is None or zig.origin is None:
        raise BuildFault("ziglang has no folder to map")
    elf = out / f"{program.file}.elf"
    command = [sys.executable, "-m", "ziglang", "cc", *flags]
    # Without these maps the two paths would be in the debug information, hence in the build id.
    command += [f"-ffile-prefix-map={sources}=."]
    command += [f"-ffile-prefix-map={Path(zig.origin).parent}=zig"]
    command += [f"-D{define}" for define in program.defines]
    command += [f"-Wl,-T,{program.linker_script}", "-o", str(elf), *program.sources]
    run(command, cwd=sources)
    elf.chmod(0o644)
    return elf


def flatten(elf: Path) -> bytes:
    """Return what the ELF loads, as it lies in flash."""
    with elf.open("rb") as stream:
        loads = [s for s in ELFFile(stream).iter_segments() if s["p_type"] == "PT_LOAD"]
        parts = [(s["p_paddr"], s.data()) for s in loads if s["p_filesz"]]
    start = min(address for address, _ in parts)
    flat = bytearray(b"\xff" * (max(address + len(data) for address, data in parts) - start))
    for address, data in parts:
        flat[address - start : address - start + len(data)] = data
    return bytes(flat)


def build_id(elf: Path) -> str:
    """Return the GNU build id of the ELF, in hex."""
    with elf.open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".note.gnu.build-id")
        if not isinstance(section, NoteSection):
            raise BuildFault(f"{elf.name} has no build id")
        return str(next(section.iter_notes())["n_desc"])


def wrap(flat: Path, wrapping: Wrapping, *, identity: str, image: Path) -> None:
    """Make the signed MCUboot image of the raw program ``flat``."""
    mask = sum(1 << (ord(revision) - ord("a")) for revision in wrapping.revisions)
    command = [sys.executable, "-m", "imgtool.main", "sign", "--key", str(FIRMWARE / wrapping.key)]
    command += ["--version", wrapping.version, "--align", "4", "--pad-header"]
    command += ["--header-size", str(wrapping.header_bytes)]
    command += ["--slot-size", str(wrapping.slot_bytes)]
    command += ["--custom-tlv", TLV_BOARD_NAME, wrapping.board]
    command += ["--custom-tlv", TLV_REVISION_MASK, "0x" + mask.to_bytes(4, "little").hex()]
    command += ["--custom-tlv", TLV_BUILD_ID, f"0x{identity}", str(flat), str(image)]
    run(command, cwd=flat.parent)


def build(recipe: Recipe, out: Path) -> None:
    """Build every file of ``images/`` into ``out``."""
    boot = link(recipe.bootloader, recipe.flags, out)
    boot.with_suffix(".bin").write_bytes(flatten(boot))
    for program, wrapping in recipe.applications:
        elf = link(program, recipe.flags, out)
        flat = out / f"{program.file}.raw.bin"
        flat.write_bytes(flatten(elf))
        wrap(flat, wrapping, identity=build_id(elf), image=out / f"{program.file}.bin")
        flat.unlink()


def differences(built: Path, committed: Path) -> Iterator[str]:
    """Name the files that are not the same in both folders."""
    names = {path.name for folder in (built, committed) for path in folder.iterdir()}
    for name in sorted(names):
        ours, theirs = built / name, committed / name
        if not theirs.exists():
            yield f"{name}: not committed"
        elif not ours.exists():
            yield f"{name}: committed, but the recipe does not build it"
        elif ours.read_bytes() != theirs.read_bytes():
            yield f"{name}: differs from what the sources give"


def main(argv: Sequence[str] | None = None) -> int:
    """Check the committed images, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="compare a rebuild byte by byte")
    mode.add_argument("--write", action="store_true", help="replace the committed images")
    chosen = parser.parse_args(argv)
    images = FIRMWARE / "images"
    try:
        recipe = read_recipe(FIRMWARE / "build.yaml")
        check_tools(recipe.tools)
        with tempfile.TemporaryDirectory() as folder:
            build(recipe, Path(folder))
            if chosen.write:
                images.mkdir(exist_ok=True)
                for path in Path(folder).iterdir():
                    (images / path.name).write_bytes(path.read_bytes())
            found = list(differences(Path(folder), images))
    except BuildFault as fault:
        print(fault, file=sys.stderr)
        return 1
    print("\n".join(found) or f"{len(list(images.iterdir()))} files are as the sources give them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
