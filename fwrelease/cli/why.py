"""``fwrelease why``: one page on what holds a build back, and who acts."""

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.cli.decision import write_decision
from fwrelease.gates.answer import render_decision
from fwrelease.services.policy import read_policy
from fwrelease.services.why import explain


@click.command(epilog=example("fwrelease why 1.1.0"))
@click.argument("version")
@with_console
@click.pass_obj
def why(app: App, version: str, console: Console) -> int:
    """Show how VERSION stands in every context of the policy; nothing is recorded."""
    excuses = explain(app.workspace(), read_policy(app.root), version=version)
    contexts = [render_decision(decision) for decision in excuses.decisions]
    pages = [f"{item.context}\n{write_decision(item)}" for item in excuses.decisions]
    console.answer(
        {"schema": 1, "version": version, "contexts": contexts, "head": excuses.head.hash},
        "\n\n".join(pages),
    )
    return 0
