"""Board: a type of board, its console, how it is flashed and what a smoke test asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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

    ``banner`` has the groups ``version`` and ``build_id`` where the board can show them.
    """

    prompt: str
    banner: str
    boot_timeout_s: float = 10.0
    panic: tuple[str, ...] = ()
    reset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlasherSpec:
    """How the board takes an image: the driver, and the words of its bootloader.

    ``window`` is what the bootloader prints within ``window_timeout_s`` of a reset, ``enter`` what
    is sent then to stop it at ``prompt``; ``start`` begins a transfer, ``accepted`` and
    ``refused`` are the patterns of its end, ``run`` starts the application. ``proof`` reads the
    digest of what the board holds, in the group ``sha256``; without it a pass is unproven.
    """

    driver: str
    window: str
    enter: str
    prompt: str
    start: str
    accepted: str
    refused: str
    run: str
    proof: Exchange | None = None
    window_timeout_s: float = 5.0
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board type. ``smoke`` holds, by case name, what the smoke suite asks."""

    name: str
    baud: int
    console: Console
    flasher: FlasherSpec
    smoke: Mapping[str, Exchange] = field(default_factory=dict)
