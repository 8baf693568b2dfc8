"""Console: where a command's answer goes, as text for people or as one JSON document."""

import enum
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Document = Mapping[str, Any]
F = TypeVar("F", bound=Callable[..., Any])


class Format(enum.StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Console:
    """Writes answers to standard output; logs and errors in text go to standard error."""

    format: Format

    def answer(self, document: Document, text: str) -> None:
        """Write the one answer of a command, in the format that was asked for."""
        if self.format is Format.JSON:
            write_document(document)
        else:
            sys.stdout.write(f"{text}\n")


def write_document(document: Document) -> None:
    """Write one JSON document to standard output."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def _make_console(_context: click.Context, _parameter: click.Parameter, value: str) -> Console:
    return Console(Format(value))


def with_console(command: F) -> F:
    """Give a command ``--format`` and, as its argument ``console``, the Console that follows it."""
    option = click.option(
        "--format",
        "console",
        type=click.Choice([str(name) for name in Format]),
        default="text",
        show_default=True,
        callback=_make_console,
        help="text for people, json for programs: one document on standard output",
    )
    return option(command)


def example(*lines: str) -> str:
    """Return the epilog that shows ``lines`` as an example of the command."""
    return "\n".join(("\b", "Example:", *(f"  {line}" for line in lines)))
