"""Command ``hil console``: talk to a board, with its transcript running."""

from collections.abc import Sequence
from pathlib import Path

import click

from hil.app import Lab
from hil.cli.bench import in_hand, rig_option
from hil.cli.output import inventory_option, open_lab, state_option
from hil.cli.stamps import Stamper
from hil.errors import UsageFault
from hil.links.transcript import Cursor
from hil.links.watch import Alarm
from hil.session import Session

_LOOKED_BACK_BYTES = 1 << 20


@click.command()
@inventory_option
@rig_option
@click.option("--timestamps", "stamps", flag_value="on", help="The time, UTC, before each line.")
@click.option(
    "--elf",
    "symbols",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Decode a crash against this file, if it is the build that the board reported.",
)
@state_option
def console(
    inventory: Path, name: str, stamps: str | None, symbols: tuple[Path, ...], state: Path | None
) -> None:
    """Talk to a board: what you type goes to it, what it says is shown and kept.

    Ctrl-] ends it. Ctrl-T and then a key: r resets the board, p cycles its supply, t switches
    timestamps, f sends a file (x by XMODEM, y by YMODEM), ? shows the keys. Without a terminal,
    standard input goes to the board as it is; at its end the board's last words are waited for.

    Example: hil console --inventory lab/virtual.yaml --rig virt-a1
    """
    from hil.cli.terminal import converse  # noqa: PLC0415 (needs pipes that Windows has not)

    _refuse_others_than_elf(symbols)
    lab = open_lab(inventory, state)
    stamper = Stamper()
    if stamps:
        stamper.toggle()
    with in_hand(lab, name, why="hil console") as session:
        session.power_on()
        path = session.line.transcript.path
        click.echo(f"{name}: transcript {path}; Ctrl-] ends, Ctrl-T ? shows the keys", err=True)
        converse(
            session,
            stamper=stamper,
            explain=lambda alarm: _decode(lab, session, alarm, symbols),
        )


def _refuse_others_than_elf(paths: Sequence[Path]) -> None:
    if not paths:
        return
    from hil.symbols import symbol_files  # noqa: PLC0415 (only where a file is given)

    for path in paths:
        if not symbol_files(path):
            raise UsageFault(
                f"{path}: no ELF file", hint="the linker's output, with its symbols, decodes"
            )


def _decode(lab: Lab, session: Session, alarm: Alarm, symbols: Sequence[Path]) -> Sequence[str]:
    if not symbols:
        return ()
    from hil.crash import crash_report, shown_build  # noqa: PLC0415 (only where a board dies)

    tables = lab.tables(session.board)
    spec = session.board.console
    transcript = session.line.transcript
    begin = max(0, alarm.offset - _LOOKED_BACK_BYTES)
    said = transcript.since(Cursor(begin))[: alarm.offset - begin]
    starts = (spec.reset, *(table.reset for table in tables))
    return crash_report(
        session,
        alarm,
        tables=tables,
        symbols=symbols,
        build_id=shown_build(said, banner=spec.banner, starts=starts),
    )
