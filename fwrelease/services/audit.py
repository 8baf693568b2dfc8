"""Audit: verify ledger and vault, and list what happened."""

from dataclasses import dataclass

from fwrelease.errors import ReleaseFault
from fwrelease.interfaces import Entry, Head
from fwrelease.services.workspace import Workspace
from fwrelease.store.audit import AuditFinding, Part, audit_ledger
from fwrelease.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What does not hold, and at which head that was found out."""

    findings: tuple[AuditFinding, ...]
    head: Head
    files: int


def verify(workspace: Workspace, ledger: Ledger, *, since: str | None) -> Audit:
    """Check that the ledger and the vault are what was written; changes nothing."""
    audited = audit_ledger(ledger, since=since)
    damaged = (_check_file(workspace, sha256) for sha256 in audited.digests)
    return Audit(
        findings=(*audited.findings, *(finding for finding in damaged if finding)),
        head=audited.head,
        files=len(audited.digests),
    )


def list_events(workspace: Workspace) -> tuple[Entry, ...]:
    """Return every event, oldest first."""
    return workspace.store.entries()


def _check_file(workspace: Workspace, sha256: str) -> AuditFinding | None:
    try:
        workspace.vault.get(sha256)
    except ReleaseFault as fault:
        name = f"vault/{sha256[:2]}/{sha256[2:]}"
        return AuditFinding(part=Part.VAULT, name=name, says=fault.message)
    return None
