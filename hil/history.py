"""History: what this lab has seen, in one SQLite file in its state folder.

By digest, case, board, revision, rig and harness; it says which build passed last, how long cases
take, and which rigs are out of the pool.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hil.campaigns.attempt import Attempt, Outcome, WaveKind

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempt (
    campaign TEXT NOT NULL, suite TEXT NOT NULL, suite_sha256 TEXT NOT NULL,
    sha256 TEXT NOT NULL, board TEXT NOT NULL, revision TEXT NOT NULL, "case" TEXT NOT NULL,
    rig TEXT NOT NULL, wave TEXT NOT NULL, outcome TEXT NOT NULL, signature TEXT NOT NULL,
    started TEXT NOT NULL, duration_s REAL NOT NULL, harness TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempt_by_case ON attempt (board, revision, "case", started);
CREATE TABLE IF NOT EXISTS verdict (
    campaign TEXT NOT NULL, suite TEXT NOT NULL, suite_sha256 TEXT NOT NULL,
    sha256 TEXT NOT NULL, version TEXT NOT NULL, board TEXT NOT NULL, revision TEXT NOT NULL,
    verdict TEXT NOT NULL, finished TEXT NOT NULL,
    PRIMARY KEY (campaign, board, revision)
);
CREATE TABLE IF NOT EXISTS quarantine (
    rig TEXT PRIMARY KEY, reason TEXT NOT NULL, since TEXT NOT NULL, campaign TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deed (
    rig TEXT NOT NULL, at TEXT NOT NULL, user TEXT NOT NULL, did TEXT NOT NULL, reason TEXT NOT NULL
);
"""

LAST_OUT = "last-out"
"""The file beside it that names the folder of the newest campaign's results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceVerdict:
    """What a campaign says of one image on one board and revision."""

    sha256: str
    version: str
    board: str
    revision: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRun:
    """Which campaign asked which suite, with which harness."""

    campaign: str
    suite: str
    suite_sha256: str
    harness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Why a rig is out of the pool, since when (UTC, ISO 8601), and who put it there."""

    rig: str
    reason: str
    since: str
    campaign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a person did to a rig's standing, when (UTC, ISO 8601), and why."""

    rig: str
    at: str
    user: str
    did: str
    reason: str


class History:
    """One lab's history. Safe for several processes; each call is one transaction."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.images = state / "images"
        self._path = state / "history.db"
        with self._open() as database:
            database.executescript(_SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=30.0)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            with database:
                yield database
        finally:
            database.close()

    def keep_image(self, sha256: str, data: bytes) -> Path:
        """Keep an image, so that a later campaign can compare with it; returns its path."""
        path = self.images / f"{sha256}.bin"
        if not path.exists():
            self.images.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{id(data)}.part")
            partial.write_bytes(data)
            partial.replace(path)
        return path

    def add(
        self,
        run: SuiteRun,
        *,
        attempts: Iterable[Attempt],
        verdicts: Iterable[PlaceVerdict],
        finished: str,
    ) -> None:
        """Record a campaign that has ended."""
        with self._open() as database:
            database.executemany(
                f"INSERT INTO attempt VALUES ({','.join('?' * 14)})",  # noqa: S608 (only marks)
                [_attempt_row(run, attempt) for attempt in attempts],
            )
            database.executemany(
                "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?)",
                [
                    (
                        *(run.campaign, run.suite, run.suite_sha256, v.sha256, v.version),
                        *(v.board, v.revision, v.verdict, finished),
                    )
                    for v in verdicts
                ],
            )

    def last_good(self, board: str, revision: str, suite: str, *, but_not: str) -> str | None:
        """Return the digest that passed ``suite`` last on a board and revision, or None.

        ``but_not`` is the candidate: it is never compared with itself.
        """
        with self._open() as database:
            rows = database.execute(
                "SELECT sha256 FROM verdict WHERE board=? AND revision=? AND suite=?"
                " AND verdict='passed' AND sha256<>? ORDER BY finished DESC",
                (board, revision, suite, but_not),
            ).fetchall()
        known = (sha256 for (sha256,) in rows if (self.images / f"{sha256}.bin").exists())
        return next(known, None)

    def durations(self, board: str, revision: str, suite: str) -> dict[str, list[float]]:
        """Return how long the passed cases of a suite took, in seconds, the newest 200."""
        with self._open() as database:
            rows = database.execute(
                'SELECT "case", duration_s FROM attempt WHERE board=? AND revision=? AND suite=?'
                " AND wave=? AND outcome=? ORDER BY started DESC LIMIT 200",
                (board, revision, suite, str(WaveKind.MAIN), str(Outcome.PASSED)),
            ).fetchall()
        found: dict[str, list[float]] = {}
        for case, duration in rows:
            found.setdefault(case, []).append(duration)
        return found

    def quarantine(self, entry: Quarantined) -> None:
        """Take a rig out of the pool; the first reason stands."""
        with self._open() as database:
            database.execute(
                "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?)",
                (entry.rig, entry.reason, entry.since, entry.campaign),
            )

    def enable(self, rig: str) -> None:
        """Put a rig back into the pool."""
        with self._open() as database:
            database.execute("DELETE FROM quarantine WHERE rig=?", (rig,))

    def quarantined(self) -> dict[str, Quarantined]:
        """Return the rigs that are out of the pool, by name."""
        with self._open() as database:
            rows = database.execute("SELECT rig, reason, since, campaign FROM quarantine")
            return {
                rig: Quarantined(rig=rig, reason=reason, since=since, campaign=campaign)
                for rig, reason, since, campaign in rows
            }

    def note(self, deed: Deed) -> None:
        """Keep what a person did."""
        with self._open() as database:
            database.execute(
                "INSERT INTO deed VALUES (?,?,?,?,?)",
                (deed.rig, deed.at, deed.user, deed.did, deed.reason),
            )

    def deeds(self, *, most: int = 100) -> list[Deed]:
        """Return what people did, the newest first."""
        with self._open() as database:
            rows = database.execute(
                "SELECT rig, at, user, did, reason FROM deed ORDER BY rowid DESC LIMIT ?", (most,)
            )
            return [
                Deed(rig=rig, at=at, user=user, did=did, reason=reason)
                for rig, at, user, did, reason in rows
            ]


def _attempt_row(run: SuiteRun, attempt: Attempt) -> tuple[object, ...]:
    case = attempt.case
    return (
        *(run.campaign, run.suite, run.suite_sha256, attempt.image_sha256),
        *(case.board, case.revision, case.case, attempt.rig, str(attempt.wave)),
        *(str(attempt.outcome), attempt.signature, attempt.started, attempt.duration_s),
        run.harness,
    )
