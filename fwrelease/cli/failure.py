"""Failure: an error as one message with a hint, and the exit code that scripts rely on."""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from fwrelease.cli.console import write_document
from fwrelease.errors import ReleaseFault, UsageFault

_USAGE, _INCONCLUSIVE, _INTERRUPTED, _PIPE_CLOSED = 2, 3, 130, 141


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said of an error."""

    code: str
    message: str
    hint: str
    exit_code: int


def report_failure(error: BaseException, words: Sequence[str]) -> int:
    """Say what went wrong in the format that ``words`` ask for, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _close_quietly()
    failure = describe(error)
    if _wants_json(words):
        write_document({"error": failure.code, "message": failure.message, "hint": failure.hint})
    else:
        sys.stderr.write(f"fwrelease: {failure.message}\n")
        if failure.hint:
            sys.stderr.write(f"  hint: {failure.hint}\n")
    return failure.exit_code


def describe(error: BaseException) -> Failure:
    """Return what to say of ``error``; one that nobody foresaw leaves its traceback in a file."""
    match error:
        case UsageFault():
            return Failure(error.code, error.message, error.hint, _USAGE)
        case ReleaseFault():
            return Failure(error.code, error.message, error.hint, _INCONCLUSIVE)
        case click.ClickException():
            return Failure(UsageFault.code, error.format_message(), _usage_hint(error), _USAGE)
        case click.Abort() | KeyboardInterrupt():
            return Failure(
                "INTERRUPTED",
                "interrupted; what was not finished left nothing behind",
                "",
                _INTERRUPTED,
            )
        case _:
            path = _keep_traceback(error)
            return Failure(
                "INTERNAL",
                f"a fault of this program: {type(error).__name__}: {error}",
                f"please report it with the traceback in {path}",
                _INCONCLUSIVE,
            )


def _usage_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{context.command_path} --help`" if context else "see `fwrelease --help`"


def _keep_traceback(error: BaseException) -> Path:
    handle, name = tempfile.mkstemp(prefix="fwrelease-", suffix=".traceback.txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return Path(name)


def _wants_json(words: Sequence[str]) -> bool:
    """Tell the format before anything is parsed, so that a wrong option is told in it too."""
    return "--format=json" in words or any(pair == ("--format", "json") for pair in pairwise(words))


def _close_quietly() -> int:
    """Stop as others do when the reader of a pipe has gone, without a second error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED
