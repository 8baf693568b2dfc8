"""``fwrelease audit``: show and verify the ledger."""

import json
from typing import Any

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.interfaces import Entry
from fwrelease.services.audit import Audit, list_events, verify

_HOLDS, _DOES_NOT_HOLD = 0, 1


@click.group()
def audit() -> None:
    """Show and verify the ledger."""


@audit.command(
    "verify", epilog=example("fwrelease audit verify", "fwrelease audit verify --since $HEAD")
)
@click.option("--since", metavar="HASH", help="a head that was kept, such as in a receipt")
@with_console
@click.pass_obj
def verify_(app: App, since: str | None, console: Console) -> int:
    """Check that nothing recorded was changed or removed, and name each thing that was.

    Every event is hashed and folded again and compared with the tables and the vault. With
    --since, the chain must contain that hash: all up to it is as it was then.

    Exit code 0: all of it holds. 1: it does not.
    """
    found = verify(app.workspace(), app.ledger(), since=since)
    console.answer(_render(found), _write(found))
    return _DOES_NOT_HOLD if found.findings else _HOLDS


@audit.command("log", epilog=example("fwrelease audit log --format json"))
@with_console
@click.pass_obj
def log(app: App, console: Console) -> int:
    """List every event, oldest first."""
    entries = list_events(app.workspace())
    text = "\n".join(
        f"{entry.sequence:5}  {entry.at[:19]}Z  {entry.actor}  {entry.kind}  {entry.key or ''}"
        for entry in entries
    )
    console.answer(
        {"schema": 1, "events": [_render_entry(entry) for entry in entries]},
        text or "nothing has happened yet",
    )
    return 0


def _render(found: Audit) -> dict[str, Any]:
    return {
        "schema": 1,
        "holds": not found.findings,
        "findings": [
            {"part": str(item.part), "name": item.name, "says": item.says}
            for item in found.findings
        ],
        "events": found.head.sequence,
        "files": found.files,
        "head": found.head.hash,
    }


def _write(found: Audit) -> str:
    if not found.findings:
        return (
            f"all of it holds: {found.head.sequence} events, {found.files} files in the vault\n"
            f"head {found.head.hash}"
        )
    lines = [f"{item.part}: {item.name}: {item.says}" for item in found.findings]
    return "\n".join(["the ledger does not hold:", *lines])


def _render_entry(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": entry.actor,
        "kind": entry.kind,
        "version": entry.version,
        "body": json.loads(entry.body),
        "key": entry.key,
        "previous": entry.previous,
        "hash": entry.hash,
    }
