"""``fwrelease report``: write a page on the workspace."""

from pathlib import Path

import click

from fwrelease.app import App
from fwrelease.cli.console import Console, example, with_console
from fwrelease.cli.fleet import see_fleet
from fwrelease.report.campaign_folder import read_campaign
from fwrelease.report.page import render_page, write_page
from fwrelease.services.report import gather_report

PAGE = "report.html"


@click.command(
    epilog=example("fwrelease report", "fwrelease report 1.1.0 --campaign out11 --out 1.1.0.html")
)
@click.argument("version", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the file to write  [default: report.html in the workspace]",
)
@click.option(
    "--campaign",
    "folders",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    help="an out folder of `hil run`, to show beside the evidence; may be given again",
)
@with_console
@click.pass_obj
def report(
    app: App, version: str | None, out: Path | None, folders: tuple[Path, ...], console: Console
) -> int:
    """Write one HTML page: builds, evidence, gates, rollouts and the ledger.

    With VERSION, only that build is shown in full. The page needs no network and no scripts.
    """
    found = gather_report(app.workspace(), app.ledger(), lambda: see_fleet(app), version=version)
    campaigns = tuple(read_campaign(folder) for folder in folders)
    path = out or app.root / PAGE
    write_page(path, render_page(found, campaigns))
    console.answer(
        {
            "schema": 1,
            "page": str(path),
            "versions": [one.version for one in found.chosen],
            "campaigns": [campaign.campaign for campaign in campaigns],
            "head": found.head.hash,
            "holds": not found.audit.findings,
        },
        str(path),
    )
    return 0
