"""Benchmarks of console, idle rigs and transfers: ``python -m tests.benchmarks --help``."""

import argparse
import functools
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from tests.benchmarks.extent import FULL, PARTS, QUICK, Extent, measure
from tests.benchmarks.page import render
from tests.benchmarks.report import Origin, from_json, to_json

ROOT = Path(__file__).parents[2]
JSON, PAGE = ROOT / "docs" / "benchmarks.json", ROOT / "docs" / "benchmarks.md"
PACKAGES = ("pyserial", "google-re2", "xmodem", "ymodem")


def origin_of(options: argparse.Namespace, argv: Sequence[str], load_before: float) -> Origin:
    """Return where and when this runs, but for what was given."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    commit = (
        options.commit
        or subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    )
    return Origin(
        commit=commit,
        date=options.date or datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count() or 0,
        python=platform.python_version(),
        kernel=".".join(platform.release().split(".")[:2]),
        packages={name: metadata.version(name) for name in PACKAGES},
        load=(round(load_before, 2), round(os.getloadavg()[0], 2)),
        command=" ".join(["nox -s benchmarks", *(["--", *argv] if argv else [])]),
    )


def extent_of(options: argparse.Namespace) -> Extent:
    """Return what to measure, but for what was given."""
    extent = QUICK if options.quick else FULL
    rounds = options.rounds
    if rounds:
        logs = replace(extent.logs, rounds=rounds)
        extent = replace(extent, logs=logs, idle_rounds=rounds, transfers=rounds)
    return replace(extent, seed=options.seed)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="nox -s benchmarks --", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, one round of each")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; repeatable")
    parser.add_argument("--rounds", type=int, help="rounds of every part")
    parser.add_argument("--seed", type=int, default=1, help="of images and pauses (default: 1)")
    parser.add_argument("--commit", help="the commit to name (default: HEAD)")
    parser.add_argument("--date", help="the date to name, YYYY-MM-DD (default: today, UTC)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.{json,md}")
    parser.add_argument("--render", action="store_true", help="only the page, from the JSON")
    options = parser.parse_args(argv)
    if options.write and options.only:
        parser.error("--write takes all parts: without --only")
    return options


def main(argv: Sequence[str]) -> None:
    """Measure and print; with ``--write`` keep it."""
    options = parse(argv)
    if options.render:
        PAGE.write_text(render(from_json(JSON.read_text("utf-8"))), encoding="utf-8")
        return
    origin = functools.partial(origin_of, options, argv, os.getloadavg()[0])
    parts = options.only or PARTS
    report = measure(
        extent_of(options), parts, origin=origin, say=functools.partial(print, file=sys.stderr)
    )
    print(render(report))
    if options.write:
        JSON.write_text(to_json(report), encoding="utf-8")
        PAGE.write_text(render(report), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
