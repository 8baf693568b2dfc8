"""Campaign folder: read ``result.json`` and the transcripts that ``hil run --out DIR`` wrote.

What is in it came from boards and may have come from elsewhere: nothing outside of the folder is
read, whatever path the result names.
"""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fwrelease.errors import UsageFault
from fwrelease.report.campaign import PASSED, Attempt, Campaign, Case, Image, Rig
from fwrelease.report.json_reader import JsonReader, Unfit, read_object

RESULT, TRANSCRIPTS = "result.json", "transcripts"
_LARGEST_BYTES = 64 * 1024 * 1024
_EXCERPT_BYTES = 1500
_HINT = "give --campaign the folder that `hil run --out DIR` wrote, after the run has ended"


def read_campaign(folder: Path) -> Campaign:
    """Return the campaign whose results are in ``folder``.

    Raises:
        UsageFault: there are none, or they cannot be read.
    """
    path = folder / RESULT
    try:
        return _read(read_object(_load(path)), _Transcripts(folder / TRANSCRIPTS))
    except Unfit as error:
        raise UsageFault(f"{path}: no result of a campaign: {error}", hint=_HINT) from error


def _load(path: Path) -> object:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UsageFault(f"{path}: larger than {_LARGEST_BYTES} bytes", hint=_HINT)
        document: object = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageFault(f"{path}: cannot be read: {error.strerror}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise UsageFault(f"{path}: not JSON: {error}", hint=_HINT) from error
    return document


@dataclass(frozen=True, slots=True)
class _Transcripts:
    """The folder of transcripts."""

    folder: Path

    def excerpt(self, name: str, end_bytes: int) -> str:
        """Return the text before ``end_bytes``; empty where there is no such transcript."""
        path = self.folder / (PurePosixPath(name).name or "none")
        try:
            if path.is_symlink() or self.folder.is_symlink() or not path.is_file():
                return ""
            end = min(end_bytes, path.stat().st_size)
            with path.open("rb") as stream:
                stream.seek(max(0, end - _EXCERPT_BYTES))
                heard = stream.read(min(end, _EXCERPT_BYTES))
        except (OSError, ValueError):  # such as a NUL in the name
            return ""
        return heard.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _read(reader: JsonReader, transcripts: _Transcripts) -> Campaign:
    if reader.number("schema") != 1:
        raise Unfit("its schema is not 1; a newer hil may have written it")
    return Campaign(
        campaign=reader.text("campaign"),
        suite=reader.text("suite"),
        verdict=reader.text("verdict"),
        headline=reader.text("headline"),
        wall_s=reader.number("wall_s"),
        images=tuple(_read_image(item) for item in reader.objects("images")),
        rigs=tuple(_read_rig(item) for item in reader.objects("rigs")),
        cases=tuple(_read_case(item, transcripts) for item in reader.objects("cases")),
    )


def _read_image(reader: JsonReader) -> Image:
    return Image(
        board=reader.text("board"),
        revision=reader.text("revision"),
        version=reader.text("version"),
        image_sha256=reader.text("image_sha256"),
    )


def _read_rig(reader: JsonReader) -> Rig:
    return Rig(
        rig=reader.text("rig"),
        board=reader.text("board"),
        revision=reader.text("revision"),
        state=reader.text("state"),
        reason=reader.text("reason"),
    )


def _read_case(reader: JsonReader, transcripts: _Transcripts) -> Case:
    return Case(
        case=reader.text("case"),
        board=reader.text("board"),
        revision=reader.text("revision"),
        verdict=reader.text("verdict"),
        layer=reader.text("layer"),
        code=reader.text("code"),
        signature=reader.text("signature"),
        says=reader.text("says"),
        attempts=tuple(_read_attempt(item, transcripts) for item in reader.objects("attempts")),
    )


def _read_attempt(reader: JsonReader, transcripts: _Transcripts) -> Attempt:
    outcome = reader.text("outcome")
    name, end = reader.text("transcript"), int(reader.number("transcript_to"))
    return Attempt(
        rig=reader.text("rig"),
        wave=reader.text("wave"),
        image_sha256=reader.text("image_sha256"),
        outcome=outcome,
        started=reader.moment("started"),
        duration_s=reader.number("duration_s"),
        signature=reader.text("signature"),
        says=reader.text("says"),
        excerpt="" if outcome == PASSED else transcripts.excerpt(name, end),
    )
