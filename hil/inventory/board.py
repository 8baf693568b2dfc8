"""Board: a type of board, its console, how it is flashed and what a smoke test asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hil.inventory.proof import Proof, Unproven


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question to a console: what is sent, and the pattern that has to answer it.

    ``expect`` is a regular expression in RE2 syntax; ``{nonce}`` in either text is replaced by a
    fresh word for each attempt.
    """

    send: str
    expect: str
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """How the application talks: its prompt, its banner and what it prints when it dies.

    ``banner`` has the groups ``version`` and ``build_id`` where the board can show them. ``reset``
    is what the board prints once at each start. ``detectors`` names tables of such texts;
    ``panic`` adds to them. With ``silence_s`` a board that says nothing for so long while an
    answer is due has died, whatever the time-out of the question.
    """

    prompt: str
    banner: str
    boot_timeout_s: float = 10.0
    detectors: tuple[str, ...] = ()
    panic: tuple[str, ...] = ()
    reset: str = ""
    silence_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a board is stopped in its bootloader after a reset.

    ``window`` is what it prints within ``window_timeout_s`` of the reset, ``enter`` what is sent
    then to stop it at ``prompt``.
    """

    window: str
    enter: str
    prompt: str
    window_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlasherSpec:
    """How the board takes an image: the driver, how it shows what it holds, how it is started.

    Without ``entry`` the driver itself brings the board where it needs it. ``run`` is sent at the
    bootloader's prompt to start the application; where it is empty the board is reset instead.
    ``timeout_s`` bounds one flash. ``options`` are the driver's own keys.
    """

    driver: str
    entry: Entry | None = None
    proof: Proof = field(default_factory=Unproven)
    run: str = ""
    timeout_s: float = 120.0
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpec:
    """What images a board takes: formats, the address and bytes of room it has, its machine.

    An empty or absent part is not checked. ``at`` also tells flashers where a raw image goes.
    """

    formats: tuple[str, ...] = ()
    at: int | None = None
    size: int | None = None
    machine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board type. ``smoke`` holds, by case name, what the smoke suite asks."""

    name: str
    baud: int
    console: Console
    flasher: FlasherSpec
    image: ImageSpec = field(default_factory=ImageSpec)
    smoke: Mapping[str, Exchange] = field(default_factory=dict)
