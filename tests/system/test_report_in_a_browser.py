"""The report opens in a real browser, without network, as one file."""

import subprocess
from pathlib import Path

import pytest

from tests.support.release import a_shop

pytestmark = pytest.mark.system


def test_the_report_of_a_workspace_renders_in_chromium(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    shop = a_shop(tmp_path / "shop")
    shop.add_build()
    assert shop.run("report", "--out", page).code == 0
    picture = tmp_path / "report.png"
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--window-size=1000,1600", f"--screenshot={picture}", page.as_uri()),
        ],
        check=False,
        capture_output=True,
        timeout=90,
    )
    assert picture.exists(), done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000, "an empty page makes a smaller picture"
