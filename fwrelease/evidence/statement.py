"""Statement: what a campaign says about one image, as an in-toto Statement v1.

Evidence uses the predicate ``test-result/v0.1`` (in-toto attestation framework) with our fields
beside its own under ``hil``. A campaign that proves nothing writes a campaign report instead:
it satisfies no requirement, and lets a gate say why the evidence is missing and who acts.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CAMPAIGN_REPORT = "urn:fwrelease:campaign-report:v1"


class Result(enum.StrEnum):
    """What the evidence says of its image, in the words of test-result/v0.1."""

    PASSED = "PASSED"
    FAILED = "FAILED"


class Proof(enum.StrEnum):
    """How it is known that the image which ran is the image that is meant."""

    ON_BOARD = "on-board"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case as the campaign judged it; words as in the verdict table of the architecture."""

    case: str
    verdict: str
    layer: str
    code: str
    signature: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One suite on one image, board and revision; it can satisfy or fail a requirement."""

    sha256: str
    image_name: str
    version: str
    board: str
    revision: str
    suite: str
    suite_sha256: str
    result: Result
    proof: Proof
    campaign: str
    finished: datetime
    harness: str
    rigs: tuple[str, ...]
    cases: tuple[CaseRecord, ...]
    headline: str
    measurements: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def passed_tests(self) -> tuple[str, ...]:
        """Names of the cases that passed."""
        return tuple(case.case for case in self.cases if case.verdict == "passed")

    @property
    def failed_tests(self) -> tuple[str, ...]:
        """Names of the cases that speak against the image."""
        return tuple(case.case for case in self.cases if case.verdict != "passed")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """What a campaign saw that proves nothing, for one image, board and revision."""

    sha256: str
    image_name: str
    version: str
    board: str
    revision: str
    suite: str
    suite_sha256: str
    verdict: str
    campaign: str
    finished: datetime
    harness: str
    rigs: tuple[str, ...]
    cases: tuple[CaseRecord, ...]
    headline: str


Statement = Evidence | CampaignReport
