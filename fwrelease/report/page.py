"""Page: a workspace and its campaigns as one HTML file without scripts or outside resources.

The same facts are the same bytes: all times come from the ledger, the fleet and the campaigns.
"""

from pathlib import Path

import jinja2
from markupsafe import Markup

from fwrelease.errors import BackendFault
from fwrelease.evidence.statement import Evidence
from fwrelease.report import ladder, matrix, square, timeline, words
from fwrelease.report.campaign import PASSED, Campaign
from fwrelease.services.report import Unreadable, WorkspaceReport


def render_page(report: WorkspaceReport, campaigns: tuple[Campaign, ...]) -> str:
    """Return the page; every text on it is escaped."""
    ids = {campaign.campaign: f"campaign-{n}" for n, campaign in enumerate(campaigns, 1)}
    page = _environment().get_template("page.html")
    return page.render(report=report, campaigns=campaigns, campaign_ids=ids)


def write_page(path: Path, text: str) -> None:
    """Write the page, whole or not at all.

    Raises:
        BackendFault: it cannot be written there.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise BackendFault(
            f"{path}: cannot be written: {error.strerror}",
            hint="name a file in a directory that exists: --out FILE",
        ) from error


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fwrelease.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finish,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "tone": words.tone,
        "mark": words.mark,
        "plain": words.plain,
        "when": words.when,
        "measured": words.measured,
    }
    environment.tests |= {
        "unreadable": lambda value: isinstance(value, Unreadable),
        "evidence": lambda value: isinstance(value, Evidence),
    }
    environment.globals |= {
        "PASSED": PASSED,
        "draw_ladder": ladder.draw_ladder,
        "draw_timeline": timeline.draw_timeline,
        "fill_square": square.fill_square,
        "tabulate": matrix.tabulate,
    }
    return environment


def _finish(value: object) -> object:
    """Make hidden characters visible in every text that comes from outside of the templates."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.reveal(value)
    return value
