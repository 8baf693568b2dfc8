"""Slot: where one case runs; the parameter that makes one test into one case per place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest

from hil.campaigns.attempt import WaveKind
from hil.campaigns.case import CaseId
from hil.errors import UsageFault
from hil.inventory.board import Board
from hil.inventory.rig import Rig
from hil.pytest_plugin.setting import Setting

FIXTURES = frozenset({"hil_rig", "hil_dut", "hil_console"})
_NOBODY = "no rig fits"
EVERY = "*"
OF_THEIR_OWN = frozenset({"version", "echo", "reboot"})
"""Questions under ``smoke`` that a test of their own asks; ``asks="*"`` leaves them out."""

_EACH = (None, "board", "revision", "rig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a test asks for with the marker ``hil``."""

    board: str | None = None
    capabilities: tuple[str, ...] = ()
    each: str | None = None
    asks: str = ""

    def fits(self, rig: Rig) -> bool:
        """Whether a rig can run the test."""
        return self.board in {None, rig.board} and set(self.capabilities) <= set(rig.capabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A board, a revision and a rig; an empty one stands for any. ``turn`` counts repeats.

    ``question`` is what of the board's ``smoke`` is asked there, where the test asks by name.
    """

    board: str = ""
    revision: str = ""
    rig: str = ""
    turn: int = 0
    question: str = ""

    @property
    def name(self) -> str:
        """The slot as it shows in a test's id."""
        place = ":".join(part for part in (self.board, self.revision) if part) or "any"
        asked = f"{self.question}-" if self.question else ""
        turn = f"#{self.turn}" if self.turn else ""
        return asked + place + (f"@{self.rig}" if self.rig else "") + turn

    def takes(self, rig: Rig) -> bool:
        """Whether a rig may run what stands in this slot."""
        return (
            self.board in {"", rig.board}
            and self.revision in {"", rig.revision}
            and self.rig in {"", rig.name}
        )


NOT_ASKED = Slot(question="not asked")
"""Stands where no board in the lab describes what a test asks."""


def read_wish(markers: Iterable[pytest.Mark]) -> Wish:
    """Return what the markers of a test ask for, the nearest one first.

    Raises:
        UsageFault: a marker says something that is not known.
    """
    merged: dict[str, object] = {}
    for mark in markers:
        unknown = set(mark.kwargs) - {"board", "capabilities", "each", "asks"}
        if mark.args or unknown:
            raise UsageFault(
                f"marker hil does not know {', '.join([*map(repr, mark.args), *sorted(unknown)])}",
                hint="it takes board=, capabilities=[...], each='board'|'revision'|'rig', asks=",
            )
        merged = dict(mark.kwargs) | merged
    if merged.get("each") not in _EACH:
        raise UsageFault(
            f"marker hil: each={merged['each']!r}", hint="it is 'board', 'revision' or 'rig'"
        )
    capabilities = merged.get("capabilities", ())
    return Wish(
        board=str(merged["board"]) if merged.get("board") else None,
        capabilities=tuple(map(str, capabilities)) if isinstance(capabilities, Iterable) else (),
        each=str(merged["each"]) if merged.get("each") else None,
        asks=str(merged.get("asks", "")),
    )


def find_slots(setting: Setting, wish: Wish) -> list[Slot]:
    """Return the slots of a test in this wave, in the order of the inventory.

    A test that asks what no board's YAML describes has none: it is not asked.
    """
    slots = _places(setting, wish)
    if not wish.asks:
        return slots
    boards = setting.lab.inventory.boards
    return [
        replace(slot, question=question)
        for slot in slots
        if slot.board
        for question in _questions(boards[slot.board], wish.asks)
    ]


def _questions(board: Board, asks: str) -> list[str]:
    if asks == EVERY:
        return [question for question in board.smoke if question not in OF_THEIR_OWN]
    return [asks] if asks in board.smoke else []


def _places(setting: Setting, wish: Wish) -> list[Slot]:
    wave = setting.plan.wave
    inventory = setting.lab.inventory.rigs
    rigs = [inventory[a.rig] for a in wave.assignments if wish.fits(inventory[a.rig])]
    if wave.kind is not WaveKind.MAIN:
        return [
            Slot(board=rig.board, revision=rig.revision, rig=rig.name, turn=turn)
            for rig in rigs
            for turn in range(1, setting.assignment(rig.name).repeats + 1)
        ]
    each = wish.each
    if each is None and setting.confirms:
        each = "revision"  # a campaign asks every case of every revision it has an image for
    return _unique(rigs, each)


def _unique(rigs: Sequence[Rig], each: str | None) -> list[Slot]:
    if not rigs:
        return [Slot(rig=_NOBODY)]  # pytest would skip a test without parameters: that is green
    if each is None:
        return [Slot()]
    if each == "rig":
        return [Slot(board=rig.board, revision=rig.revision, rig=rig.name) for rig in rigs]
    made = (
        Slot(board=rig.board, revision=rig.revision if each == "revision" else "") for rig in rigs
    )
    return list(dict.fromkeys(made))


def case_of(item: pytest.Function, slot: Slot, rig: Rig | None) -> CaseId:
    """Return the case that a collected test is; the rig fills what its slot leaves open."""
    others = [value for name, value in _parameters(item) if name != "hil_slot"]
    name = _smoke_name(item, slot) if _is_smoke(item) else _suite_name(item)
    name += f"[{'-'.join(map(str, others))}]" if others else ""
    turn_free_rig = slot.rig if slot.rig and not slot.turn and not _is_smoke(item) else ""
    return CaseId(
        case=name + (f"@{turn_free_rig}" if turn_free_rig else ""),
        board=slot.board or (rig.board if rig else "any"),
        revision=slot.revision or (rig.revision if rig else "any"),
    )


def _parameters(item: pytest.Function) -> list[tuple[str, object]]:
    callspec = getattr(item, "callspec", None)
    return sorted(callspec.params.items()) if callspec else []


def _is_smoke(item: pytest.Function) -> bool:
    return item.module.__name__.split(".")[-1] in {"test_smoke", "test_red_check"}


def _smoke_name(item: pytest.Function, slot: Slot) -> str:
    """Return the question that is asked; those with a test of their own go by its name."""
    by_name = slot.question and slot.question not in OF_THEIR_OWN
    return slot.question if by_name else item.originalname.removeprefix("test_")


def _suite_name(item: pytest.Function) -> str:
    path, _, name = item.nodeid.partition("::")
    return f"{path.rsplit('/', 1)[-1]}::{name.split('[')[0]}"
