"""Builders for images, statements, gates and workspaces: a test names only what it is about."""

import hashlib
import io
import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fwrelease.builds.build import Artifact, Build
from fwrelease.cli.main import main
from fwrelease.errors import IntegrityFault
from fwrelease.evidence.record import render
from fwrelease.evidence.statement import (
    CampaignReport,
    CaseRecord,
    Evidence,
    Proof,
    Result,
    Statement,
)
from fwrelease.gates.inputs import Exhibit, FailedCase, GateInputs, Measured, Report
from fwrelease.gates.policy import Demand, NoDemand
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule, ProofNeeded, Rule, SuitesRule
from fwrelease.interfaces import Entry, Event, View
from fwrelease.store.chain import check_repeat, link, write_time
from fwrelease.store.kinds import draft
from fwrelease.store.memory import MemoryTables, fold

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def image_bytes(
    version: str = "1.1.0", *, board: str = "nano-v2", revisions: str = "ab", payload: bytes = b"."
) -> bytes:
    """Return a small MCUboot image that says what it is for."""
    numbers = [int(part) for part in version.replace("+", ".").split(".")]
    mask = sum(1 << (ord(letter) - ord("a")) for letter in revisions)
    tlvs = [(0xA0, board.encode()), (0xA1, struct.pack("<I", mask)), (0xA2, bytes(20))]
    body = b"".join(struct.pack("<HH", kind, len(value)) + value for kind, value in tlvs if value)
    protected = struct.pack("<HH", 0x6908, len(body) + 4) + body
    header = struct.pack(
        "<IIHHIIBBHII",
        *(0x96F3B83D, 0, 32, len(protected), len(payload), 0),
        *(*numbers, *[0] * (4 - len(numbers)), 0),
    )
    signed = header + payload + protected
    digest = hashlib.sha256(signed).digest()
    return signed + struct.pack("<HHHH", 0x6907, 4 + 4 + 32, 0x10, 32) + digest


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def a_case(name: str = "selftest", *, verdict: str = "passed", layer: str = "") -> CaseRecord:
    """Return one case of a statement."""
    return CaseRecord(case=name, verdict=verdict, layer=layer, code="", signature="", says="")


def an_evidence(
    image: bytes | None = None,
    *,
    revision: str = "b",
    result: Result = Result.PASSED,
    finished: datetime = NOON,
    boot_ms: float = 412.0,
    **changes: Any,
) -> Evidence:
    """Return evidence of the smoke suite about an image, by default the one of image_bytes()."""
    failed = result is Result.FAILED
    case = a_case(verdict="failed", layer="product") if failed else a_case()
    evidence = Evidence(
        sha256=digest_of(image_bytes() if image is None else image),
        image_name="nano.bin",
        version="1.1.0",
        board="nano-v2",
        revision=revision,
        suite="smoke",
        suite_sha256="5" * 64,
        result=result,
        proof=Proof.ON_BOARD,
        campaign="c-1",
        finished=finished,
        harness="hil 0.1.0",
        rigs=("bench-1",),
        cases=(case,),
        headline="smoke on nano-v2",
        measurements={"boot_ms": (boot_ms,)},
    )
    return replace(evidence, **changes)


def a_report(image: bytes | None = None, **changes: Any) -> CampaignReport:
    """Return the report of a campaign that proved nothing."""
    report = CampaignReport(
        sha256=digest_of(image_bytes() if image is None else image),
        image_name="nano.bin",
        version="1.1.0",
        board="nano-v2",
        revision="b",
        suite="smoke",
        suite_sha256="5" * 64,
        verdict="inconclusive",
        campaign="c-2",
        finished=NOON,
        harness="hil 0.1.0",
        rigs=("bench-1",),
        cases=(a_case(verdict="errored", layer="rig"),),
        headline="bench-1 has no power",
    )
    return replace(report, **changes)


def write_statement(path: Path, statement: Statement) -> Path:
    """Write a statement as hil does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(render(statement), indent=2), encoding="utf-8")
    return path


# Gates


def a_build(*boards: str, size_bytes: int = 1000) -> Build:
    """Return a build with one image for revisions a and b of each board."""
    artifacts = tuple(
        Artifact(
            board=board,
            revisions=("a", "b"),
            sha256=digest_of(board.encode()),
            size_bytes=size_bytes,
            build_id="00",
        )
        for board in boards or ("nano-v2",)
    )
    return Build(version="1.1.0", product="firmware", commit="", artifacts=tuple(sorted(artifacts)))


def smoke_rule(*suites: str, **changes: Any) -> SuitesRule:
    """Return the rule that the smoke suite passed within a week."""
    rule = SuitesRule(
        id="smoke",
        owner="firmware team",
        waivable_by=(),
        suites=suites or ("smoke",),
        max_age=WEEK,
        proof=ProofNeeded.ON_BOARD,
    )
    return replace(rule, **changes)


def boot_rule(at_most: float = 500, **changes: Any) -> MeasurementRule:
    """Return the rule that a board boots in half a second."""
    rule = MeasurementRule(
        id="boot-time",
        owner="firmware team",
        waivable_by=(),
        measurement="boot_ms",
        at_most=at_most,
        max_age=None,
        proof=ProofNeeded.ON_BOARD,
    )
    return replace(rule, **changes)


def size_rule(at_most_bytes: int = 2000) -> ImageSizeRule:
    """Return the rule that an image has at most so many bytes."""
    return ImageSizeRule(
        id="image-size", owner="firmware team", waivable_by=(), at_most_bytes=at_most_bytes
    )


def a_demand(*rules: Rule, **changes: Any) -> Demand:
    """Return what a policy asks; by default that smoke passed."""
    demand = Demand(policy_sha256="f" * 64, rules=rules or (smoke_rule(),))
    return replace(demand, **changes)


_names = iter(range(10**9))


def an_exhibit(revision: str = "b", **changes: Any) -> Exhibit:
    """Return a proven pass of smoke on nano-v2, one hour old."""
    exhibit = Exhibit(
        sha256=digest_of(str(next(_names)).encode()),
        image_sha256=digest_of(b"nano-v2"),
        board="nano-v2",
        revision=revision,
        suite="smoke",
        result=Result.PASSED,
        proof=Proof.ON_BOARD,
        finished=NOON - timedelta(hours=1),
    )
    return replace(exhibit, **changes)


def a_failure(revision: str = "b", *, layer: str = "product", **changes: Any) -> Exhibit:
    """Return a confirmed failure of smoke on nano-v2."""
    failed = (FailedCase(case="selftest", layer=layer),)
    return an_exhibit(revision, result=Result.FAILED, failed=failed, **changes)


def a_measurement(value: float, revision: str = "b", **changes: Any) -> Exhibit:
    """Return a pass of smoke that measured the boot time."""
    measured = (Measured(name="boot_ms", values=(value,)),)
    return an_exhibit(revision, measured=measured, **changes)


def an_inconclusive(revision: str = "b", **changes: Any) -> Report:
    """Return a campaign that proved nothing about nano-v2."""
    report = Report(
        sha256=digest_of(str(next(_names)).encode()),
        image_sha256=digest_of(b"nano-v2"),
        board="nano-v2",
        revision=revision,
        suite="smoke",
        verdict="inconclusive",
        layer="rig",
        headline="bench-1 has no power.",
        finished=NOON,
    )
    return replace(report, **changes)


def inputs_of(
    *exhibits: Exhibit,
    demand: Demand | NoDemand | None = None,
    reports: tuple[Report, ...] = (),
    build: Build | None = None,
    now: datetime = NOON,
) -> GateInputs:
    """Return the question whether 1.1.0 may enter the canary ring."""
    return GateInputs(
        context="ring:canary",
        now=now,
        build=build or a_build(),
        registered_at=NOON - DAY,
        demand=demand or a_demand(),
        exhibits=exhibits,
        reports=reports,
    )


# The world


@dataclass(slots=True)
class MemoryVault:
    """A Vault without a disk."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, data: bytes) -> str:
        """Keep ``data``."""
        self.kept[digest_of(data)] = data
        return digest_of(data)

    def get(self, sha256: str) -> bytes:
        """Give it back."""
        if sha256 not in self.kept:
            raise IntegrityFault(f"{sha256} is not there", hint="put it first")
        return self.kept[sha256]


@dataclass(slots=True)
class MemoryTransaction(MemoryTables):
    """The one writer's view of a MemoryStore."""

    at: str = ""
    actor: str = ""
    events: list[Entry] = field(default_factory=list)

    def append(self, event: Event, *, key: str | None = None) -> Entry:
        """Add an event."""
        new = draft(event, at=self.at, actor=self.actor, key=key)
        known = [entry for entry in self.events if key and entry.key == key]
        if known:
            return check_repeat(known[0], new)
        entry = link(new, self.head())
        self.fold(entry)
        self.events.append(entry)
        return entry


@dataclass(slots=True)
class MemoryStore:
    """A Store without a database."""

    events: list[Entry] = field(default_factory=list)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Look at one moment."""
        yield fold(self.events)

    @contextmanager
    def write(self, *, at: datetime, actor: str) -> Iterator[MemoryTransaction]:
        """Be the one writer."""
        transaction = MemoryTransaction(
            at=write_time(at), actor=actor, events=deepcopy(self.events)
        )
        for entry in self.events:
            transaction.fold(entry)
        yield transaction
        self.events = transaction.events

    def entries(self) -> tuple[Entry, ...]:
        """Return every event."""
        return tuple(self.events)

    def as_of(self, moment: datetime) -> View:
        """Return what was known at ``moment``."""
        return fold(entry for entry in self.events if entry.at <= write_time(moment))


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document


def fwrelease(*words: object) -> Ran:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return Ran(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True, slots=True)
class Shop:
    """A workspace with the command line pointed at it."""

    root: Path

    def run(self, *words: object) -> Ran:
        """Run a command in the workspace."""
        return fwrelease("-w", self.root, *words)

    def ask(self, *words: object) -> dict[str, Any]:
        """Run a command and return its JSON document."""
        return self.run(*words, "--format", "json").document

    def head(self) -> str:
        """Return the head of the ledger."""
        return str(self.ask("audit", "verify")["head"])

    def add_build(self, version: str = "1.1.0", **image: Any) -> Ran:
        """Register a version with one synthetic image."""
        path = self.root.parent / f"{version}.bin"
        path.write_bytes(image_bytes(version, **image))
        return self.run("build", "add", version, "--image", f"nano-v2={path}")

    def add_evidence(self, *statements: Statement) -> Ran:
        """Take in statements as files."""
        folder = self.root.parent / "results"
        paths: Sequence[Path] = [
            write_statement(folder / f"{index}-{next(_names)}.json", statement)
            for index, statement in enumerate(statements)
        ]
        return self.run("evidence", "add", *paths)


def a_shop(directory: Path) -> Shop:
    """Return a new workspace in ``directory``."""
    shop = Shop(directory / "shop")
    assert fwrelease("init", shop.root).code == 0
    return shop
