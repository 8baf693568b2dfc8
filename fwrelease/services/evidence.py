"""Evidence: take in what campaigns say about registered images."""

import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fwrelease.errors import UsageFault
from fwrelease.evidence.envelope import is_envelope, parse_envelope
from fwrelease.evidence.image import unstated_version
from fwrelease.evidence.record import parse, render
from fwrelease.evidence.statement import CampaignReport, Evidence, Statement
from fwrelease.gates.policy import EvidenceRules, Unsigned
from fwrelease.interfaces import Verifier, View
from fwrelease.services.workspace import Workspace
from fwrelease.store.builds import find_artifact
from fwrelease.store.chain import write_canonical
from fwrelease.store.evidence import AcceptedEvidence, EvidenceAccepted, list_evidence

_LARGEST_BYTES = 4 * 1024 * 1024
_CLOCK_SKEW = timedelta(minutes=5)
_WHERE = "evidence is what `hil run --out DIR` writes: give it those files or DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file with a statement, as it came."""

    name: str
    data: bytes
    statement: Statement
    signed_by: tuple[str, ...]


def add_evidence(
    workspace: Workspace, paths: Iterable[Path], *, rules: EvidenceRules, verifier: Verifier
) -> tuple[AcceptedEvidence, ...]:
    """Take in the statements in ``paths``, all or none; those known already change nothing.

    Raises:
        UsageFault: a file is no statement, is about no registered image, or is not signed as
            the policy demands.
    """
    received = [
        _receive(path, rules=rules, verifier=verifier) for path in _list_files(tuple(paths))
    ]
    with workspace.read() as view:
        now = workspace.clock.now()
        drafts = [_bind(view, item, now) for item in received]
    events = [
        _accept(item, version, workspace.vault.put(item.data))
        for item, version in zip(received, drafts, strict=True)
    ]
    with workspace.write() as transaction:
        for event in events:
            transaction.append(event, key=f"evidence:{event.sha256}")
        known = {
            accepted.event.sha256: accepted
            for version in {event.version for event in events}
            for accepted in list_evidence(transaction, version=version)
        }
    return tuple(known[event.sha256] for event in events)


def read_statement(data: bytes, *, name: str) -> Statement:
    """Return the statement in a file that was accepted, out of its envelope if it has one.

    Raises:
        UsageFault: it is not one.
    """
    document = _load(data, name)
    if is_envelope(document):
        document = _load(parse_envelope(document, name=name).payload, name)
    return parse(document, name=name)


def _receive(path: Path, *, rules: EvidenceRules, verifier: Verifier) -> Received:
    name, data = str(path), _read(path)
    signed_by = _check_signatures(_load(data, name), name, rules=rules, verifier=verifier)
    statement = read_statement(data, name=name)
    return Received(name=name, data=data, statement=statement, signed_by=signed_by)


def _check_signatures(
    document: object, name: str, *, rules: EvidenceRules, verifier: Verifier
) -> tuple[str, ...]:
    """Return who signed; an envelope that no known key signed is worth as much as none."""
    signed_by: tuple[str, ...] = ()
    if is_envelope(document):
        signed_by = verifier.verify(parse_envelope(document, name=name))
    if not signed_by and rules.unsigned is Unsigned.REFUSED:
        keys = ", ".join(key.name for key in rules.keys) or "none is named"
        raise UsageFault(
            f"{name}: not signed by a key that policy.yaml names ({keys})",
            hint="sign it with `hil run --sign-key FILE`, or name its key under evidence: keys:",
        )
    return signed_by


def _bind(view: View, item: Received, now: datetime) -> str:
    """Return the version of the build that the statement is about, once all of it fits."""
    statement = item.statement
    found = find_artifact(view, statement.sha256)
    if found is None:
        raise UsageFault(
            f"{item.name}: no registered build has an image with digest {statement.sha256[:12]}…",
            hint=f"register it first: fwrelease build add {_version_words(statement)} --image"
            f" {statement.board}=FILE; a rebuilt image needs its own evidence",
        )
    version, artifact = found
    if statement.board != artifact.board or statement.revision not in artifact.revisions:
        raise UsageFault(
            f"{item.name}: is about {statement.board} revision {statement.revision}, the image of"
            f" {version} is for {artifact.board} {', '.join(artifact.revisions)}",
            hint="check which rig the campaign ran on",
        )
    if statement.version not in {version, unstated_version(statement.sha256)}:
        raise UsageFault(
            f"{item.name}: says version {statement.version}, its image is {version}",
            hint="the campaign was given the wrong image file; run it again",
        )
    _check_plausible(item, now)
    return version


def _version_words(statement: Statement) -> str:
    unstated = statement.version == unstated_version(statement.sha256)
    return "VERSION" if unstated else statement.version


def _check_plausible(item: Received, now: datetime) -> None:
    statement = item.statement
    if statement.finished > now + _CLOCK_SKEW:
        raise UsageFault(
            f"{item.name}: finished {statement.finished.isoformat()}, which is in the future",
            hint="set the lab's clock; evidence from the future would never grow old",
        )
    if isinstance(statement, Evidence):
        for measurement, values in statement.measurements.items():
            if not all(map(math.isfinite, values)):
                raise UsageFault(
                    f"{item.name}: {measurement} has a value that is not a number",
                    hint="mend the pattern that reads it, and run the campaign again",
                )
    write_canonical(render(statement))  # raises what could not be recorded later


def _accept(item: Received, version: str, sha256: str) -> EvidenceAccepted:
    statement = item.statement
    says = "report" if isinstance(statement, CampaignReport) else statement.result.lower()
    return EvidenceAccepted(
        sha256=sha256,
        image_sha256=statement.sha256,
        version=version,
        board=statement.board,
        revision=statement.revision,
        suite=statement.suite,
        says=says,
        finished=statement.finished.astimezone(UTC).isoformat(),
        signed_by=item.signed_by,
    )


def _list_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files to take in; in a directory these are its JSON files that are statements."""
    for path in paths:
        if path.is_symlink():
            raise UsageFault(f"{path} is a symbolic link, which is not followed", hint=_WHERE)
        if not path.is_dir():
            yield path
            continue
        found = [file for file in _walk(path) if _is_statement(file)]
        if not found:
            raise UsageFault(f"{path}: no statement in it", hint=_WHERE)
        yield from found


def _walk(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory, followlinks=False):
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            if path.suffix == ".json" and path.is_file() and not path.is_symlink():
                yield path


def _is_statement(path: Path) -> bool:
    """Tell a statement from the other JSON files that a campaign leaves beside it."""
    document = _load(_read(path), str(path))
    return is_envelope(document) or (isinstance(document, dict) and "_type" in document)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageFault(f"{path} is not a file", hint=_WHERE)
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageFault(f"{path}: larger than {_LARGEST_BYTES} bytes", hint=_WHERE)
        return path.read_bytes()
    except OSError as error:
        raise UsageFault(f"{path}: cannot be read: {error.strerror}", hint=_WHERE) from error


def _load(data: bytes, name: str) -> object:
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageFault(f"{name}: not JSON: {error}", hint=_WHERE) from error
    return document
