"""``fwrelease evidence``: take in what campaigns proved."""

from pathlib import Path

import click

from fwrelease.app import App
from fwrelease.cli.build import render_evidence, write_evidence
from fwrelease.cli.console import Console, example, with_console
from fwrelease.errors import UsageFault
from fwrelease.gates.policy import (
    BrokenPolicy,
    EvidenceRules,
    NoPolicy,
    PolicyFound,
    write_mistakes,
)
from fwrelease.keys import load_keys
from fwrelease.services.evidence import add_evidence
from fwrelease.services.policy import read_policy


@click.group()
def evidence() -> None:
    """Take in what campaigns proved."""


@evidence.command(
    "add", epilog=example("hil run --out results …", "fwrelease evidence add results")
)
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|DIR...", type=click.Path(path_type=Path)
)
@with_console
@click.pass_obj
def add(app: App, paths: tuple[Path, ...], console: Console) -> int:
    """Take in statements about registered images, all of them or none.

    A statement is a JSON file or a DSSE envelope. Of a directory, every JSON file in it that is a
    statement is taken. The same again is fine. Campaign reports are kept, and satisfy nothing.
    """
    rules = choose_rules(read_policy(app.root))
    accepted = add_evidence(app.workspace(), paths, rules=rules, verifier=load_keys(rules.keys))
    count = f"{len(accepted)} statement{'' if len(accepted) == 1 else 's'} accepted:"
    console.answer(
        {"schema": 1, "evidence": [render_evidence(item) for item in accepted]},
        "\n".join([count, *map(write_evidence, accepted)]),
    )
    return 0


def choose_rules(policy: PolicyFound) -> EvidenceRules:
    """Return which evidence is let in; without a policy unsigned evidence is.

    Raises:
        UsageFault: the policy is broken, so that nobody knows whose signature it demands.
    """
    match policy:
        case BrokenPolicy():
            raise UsageFault(
                f"the policy is broken: {write_mistakes(policy.mistakes)}",
                hint="mend policy.yaml; docs/schemas/policy.json describes it",
            )
        case NoPolicy():
            return EvidenceRules()
        case _:
            return policy.evidence
