"""Errors as words and exit codes."""

import click
import pytest

from fwrelease.cli.failure import describe, report_failure
from fwrelease.errors import BackendFault, IntegrityFault, UsageFault


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (UsageFault("x", hint="y"), "USAGE", 2),
        (IntegrityFault("x", hint="y"), "INTEGRITY", 3),
        (BackendFault("x", hint="y"), "BACKEND", 3),
        (click.UsageError("x"), "USAGE", 2),
        (KeyboardInterrupt(), "INTERRUPTED", 130),
    ],
)
def test_every_error_has_a_code_and_an_exit_code(
    error: BaseException, code: str, exit_code: int
) -> None:
    failure = describe(error)
    assert (failure.code, failure.exit_code) == (code, exit_code)


def test_an_interruption_needs_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_failure(KeyboardInterrupt(), []) == 130
    assert (
        capsys.readouterr().err
        == "fwrelease: interrupted; what was not finished left nothing behind\n"
    )


def test_both_spellings_of_the_format_are_heard(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["why", "--format", "json"], ["why", "--format=json"]):
        report_failure(UsageFault("x", hint="y"), words)
        assert capsys.readouterr().out.startswith("{")
