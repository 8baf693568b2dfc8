"""Proving: the board itself shows which image it holds, in the way that its YAML says."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from fwrelease.evidence.image import Image
from hil.errors import ProductFault, RigFault
from hil.interfaces import ImageFile, RunTool
from hil.inventory.board import Board, Exchange
from hil.inventory.placeholder import fill, fill_all
from hil.inventory.proof import (
    AskProof,
    Held,
    NotHeld,
    ReadBackProof,
    ShownProof,
    Unproven,
    compare,
)

_INVERTED = bytes(255 - value for value in range(256))


class Provable(Protocol):
    """What proving needs of a session."""

    board: Board

    def to_prompt(self) -> str:
        """Bring the board to the prompt at which it is asked; returns that prompt."""
        ...

    def converse(self, exchange: Exchange, prompt: str) -> dict[str, str]:
        """Send, wait for the prompt, and return the groups of the answer before it."""
        ...

    def reset(self) -> int:
        """Start the board anew; returns a cursor."""
        ...

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        """Wait for an answer that was given after ``since``."""
        ...

    def hand_over(self) -> AbstractContextManager[str]:
        """Leave the port to a tool for a while; yields its path."""
        ...


def shown(dut: Provable, image: ImageFile, *, read_back: Callable[[int], bytes]) -> Held | NotHeld:
    """Return whether the board shows that it holds ``image``."""
    match dut.board.flasher.proof:
        case AskProof() as proof:
            size = len(image.payload)
            send = fill(proof.send, size=size, size_hex=f"{size:x}", **_at(dut.board))
            question = Exchange(send=send, expect=proof.expect, timeout_s=proof.timeout_s)
            return _heard(lambda: dut.converse(question, dut.to_prompt()), image)
        case ShownProof() as proof:
            wanted = Exchange(send="", expect=proof.expect, timeout_s=proof.timeout_s)
            return _heard(lambda: dut.ask(wanted, since=dut.reset()), image)
        case ReadBackProof():
            held = read_back(len(image.payload))
            same = held[: len(image.payload)] == image.payload
            return Held(by="every byte read back") if same else NotHeld(says=_differs(held, image))
        case Unproven():
            return NotHeld(says="the board's YAML says no `proof`")


def _heard(ask: Callable[[], dict[str, str]], image: ImageFile) -> Held | NotHeld:
    try:
        groups = ask()
    except ProductFault as fault:
        return NotHeld(says=f"the board shows no digest: {fault.message}")
    return compare(groups, data=image.payload, build_id=image.facts.build_id)


def _differs(held: bytes, image: ImageFile) -> str:
    if len(held) < len(image.payload):
        return f"{len(held)} of {len(image.payload)} bytes could be read back"
    at = next(i for i, byte in enumerate(image.payload) if held[i] != byte)
    return f"read back, it differs first at byte {at}"


def _at(board: Board) -> dict[str, object]:
    at = board.image.at
    return {} if at is None else {"at": hex(at), "at_hex": f"{at:x}"}


def read_back_by_tool(
    dut: Provable, proof: ReadBackProof, run_tool: RunTool, *, rig: str, places: Mapping[str, str]
) -> Callable[[int], bytes]:
    """Return a function that reads so many bytes from the board with the tool in its YAML."""

    def read(size: int) -> bytes:
        with (
            tempfile.TemporaryDirectory(prefix="hil-read-back-") as folder,
            dut.hand_over() as port,
        ):
            file = Path(folder) / "held.bin"
            values = {**places, "port": port, "file": str(file), "size": str(size)}
            values |= {"baud": str(dut.board.baud)}
            values |= {"size_hex": f"{size:x}", **{k: str(v) for k, v in _at(dut.board).items()}}
            argv = fill_all(proof.command, values)
            _run(argv, run_tool, proof.timeout_s, rig)
            if not file.is_file():
                raise _unread(rig, argv, f"it wrote no {file.name}")
            return file.read_bytes()

    return read


def _run(argv: Sequence[str], run_tool: RunTool, timeout_s: float, rig: str) -> None:
    result = run_tool(argv, timeout_s)
    if result.exit_code is None:
        raise _unread(rig, argv, f"it did not end within {timeout_s:g} s")
    if result.exit_code != 0:
        raise _unread(rig, argv, f"exit {result.exit_code}: {result.output[-300:].strip()}")


def _unread(rig: str, argv: Sequence[str], because: str) -> RigFault:
    return RigFault(
        f"{rig}: the image could not be read back with {argv[0]}: {because}",
        hint="run the command by hand; the board's `proof` holds it",
        code="FLASH_VERIFY",
    )


def impossible(image: ImageFile | None) -> ImageFile:
    """Return an image like ``image`` in size and kind that no board can hold: no byte is right."""
    data = (image.payload if image else bytes(64)).translate(_INVERTED)
    facts = Image(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        version="",
        board="",
        revisions=(),
        build_id=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    )
    return ImageFile(facts=facts, data=data)
