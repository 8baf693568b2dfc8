"""Runner: carries a campaign through its waves; what comes next is decided by the triage."""

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from fwrelease.evidence.image import Image
from hil.app import Lab
from hil.campaigns.campaign import BUSY, DISABLED, HELD, Campaign, Place, RigSeat
from hil.campaigns.case import CaseId
from hil.campaigns.record import Loading, WavePlan
from hil.campaigns.result import Unproven
from hil.campaigns.wave import Wave
from hil.errors import RigBusy, RigHeld, UsageFault
from hil.history import LAST_OUT, History, PlaceVerdict, Quarantined, SuiteRun
from hil.leases.lease import Lease
from hil.registry import find_driver
from hil.report import (
    Finished,
    place_verdict,
    render_result,
    write_evidence,
    write_junit,
    write_whole,
)
from hil.scheduling.bounds import Estimate, estimate
from hil.suite import Suite
from hil.triage.experiment import Finish, Quarantine, next_step
from hil.triage.judge import judge
from hil.wave import Listener, run_wave

_MARK = "campaign.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What ``hil run`` was asked. Images and baselines are by board and revision."""

    images: Mapping[Place, Path]
    facts: Mapping[Place, Image]
    baselines: Mapping[Place, tuple[Path, Image]]
    suite: Suite
    out: Path
    campaign: str
    harness: str
    symbols: tuple[Path, ...] = ()
    only_rigs: frozenset[str] = frozenset()
    unproven: Unproven = Unproven.REFUSED
    loading: Loading = Loading.FLASH


@dataclass(slots=True)
class Run:
    """A campaign under way."""

    lab: Lab
    request: Request
    listener: Listener
    history: History = field(init=False)
    image_paths: dict[str, str] = field(default_factory=dict)
    leases: list[Lease] = field(default_factory=list)

    def execute(self) -> tuple[Finished, dict[str, object]]:
        """Run the campaign to its end; returns it, and the document that scripts read.

        Raises:
            UsageFault: the suite cannot be collected, or this inventory can never do it.
        """
        begun_s = self.lab.clock.monotonic()
        self._refuse_impossible()
        claim_out(self.request.out, self.request.campaign)
        self.history = History(self.lab.state)
        (self.lab.state / LAST_OUT).write_text(str(self.request.out.absolute()), encoding="utf-8")
        with ExitStack() as stack:
            campaign = self._assemble(stack)
            forecast = self._forecast(campaign)
            while not isinstance(step := next_step(campaign), Finish):
                match step:
                    case Quarantine(rig=rig, reason=reason):
                        campaign = self._take_out(campaign, rig, reason)
                    case Wave():
                        campaign = self._run_wave(campaign, step)
            finished = self._judge(campaign, forecast, begun_s)
            return finished, self._publish(finished)

    # -- before --------------------------------------------------------------------------------

    def _assemble(self, stack: ExitStack) -> Campaign:
        """Keep the images, take the rigs, find what to compare with."""
        out = self.history.quarantined()
        seats = []
        for rig in self.lab.inventory.rigs.values():
            place = (rig.board, rig.revision)
            wanted = not self.request.only_rigs or rig.name in self.request.only_rigs
            if place not in self.request.images or not wanted:
                continue
            because = out[rig.name].reason if rig.name in out else self._lease(rig.name, stack)
            seats.append(
                RigSeat(rig=rig.name, board=rig.board, revision=rig.revision, out_because=because)
            )
        for place, path in self.request.images.items():
            self._keep(self.request.facts[place].sha256, path)
        return Campaign(
            rigs=tuple(seats),
            candidates={p: image.sha256 for p, image in self.request.facts.items()},
            last_good=self._last_good(),
        )

    def _refuse_impossible(self) -> None:
        there = {(rig.board, rig.revision) for rig in self.lab.inventory.rigs.values()}
        for board, revision in self.request.images:
            if (board, revision) not in there:
                raise UsageFault(
                    f"{self.lab.inventory.source} has no rig of {board} revision {revision}, "
                    "which the image is made for",
                    hint=f"ask only for what it has: --image {board}:REV=FILE",
                    code="INFEASIBLE",
                )
        for rig in self.lab.inventory.rigs.values():
            if (rig.board, rig.revision) in self.request.images:
                kind = self.lab.inventory.boards[rig.board]
                find_driver("hil.power", rig.power.driver)
                find_driver("hil.flash", kind.flasher.driver)
                self.lab.tables(kind)

    def _lease(self, name: str, stack: ExitStack) -> str:
        """Take a rig; returns why it could not be had, or nothing."""
        rig = self.lab.inventory.rigs[name]
        if not rig.enabled:
            return f"{DISABLED}: {rig.notes or 'enabled: false'}"
        try:
            lease = self.lab.lease(rig, why=f"hil run {self.request.campaign}")
        except RigHeld as held:
            return f"{HELD}: {held.message}"
        except RigBusy as busy:
            return f"{BUSY}: {busy.message}"
        stack.callback(lease.release)
        self.leases.append(lease)
        self.listener({"rig": name, "phase": "lease", "share": 1.0})
        return ""

    def _keep(self, sha256: str, path: Path) -> None:
        self.image_paths[sha256] = str(self.history.keep_image(sha256, path.read_bytes()))

    def _last_good(self) -> dict[Place, str]:
        found: dict[Place, str] = {}
        if self.request.loading is Loading.FIND:
            return found  # to compare would mean to flash
        for place, image in self.request.facts.items():
            if place in self.request.baselines:
                path, baseline = self.request.baselines[place]
                self._keep(baseline.sha256, path)
                found[place] = baseline.sha256
                continue
            known = self.history.last_good(*place, self.request.suite.name, but_not=image.sha256)
            if known:
                self.image_paths[known] = str(self.history.images / f"{known}.bin")
                found[place] = known
        return found

    def _forecast(self, campaign: Campaign) -> Estimate | None:
        rigs: dict[Place, int] = {}
        for seat in campaign.live_rigs:
            rigs[seat.place] = rigs.get(seat.place, 0) + 1
        known = {
            place: self.history.durations(*place, self.request.suite.name)
            for place in campaign.candidates
        }
        return estimate(known, rigs) if all(known.values()) else None

    # -- waves ---------------------------------------------------------------------------------

    def _run_wave(self, campaign: Campaign, wave: Wave) -> Campaign:
        ordinal = len(campaign.waves) + 1
        self.listener({"wave": str(wave.kind), "ordinal": ordinal, "rigs": len(wave.assignments)})
        record = run_wave(
            self._plan(wave, ordinal),
            self.lab,
            self.request.suite,
            leases=self.leases,
            listener=self.listener,
        )
        required = campaign.required
        if required is None:
            required = _complete(record.collected, campaign.candidates)
        return replace(
            campaign,
            waves=(*campaign.waves, wave),
            attempts=(*campaign.attempts, *record.attempts),
            required=required,
        )

    def _plan(self, wave: Wave, ordinal: int) -> WavePlan:
        return WavePlan(
            campaign=self.request.campaign,
            ordinal=ordinal,
            inventory=str(Path(self.lab.inventory.source).absolute()),
            state=str(self.lab.state.absolute()),
            out=str(self.request.out.absolute()),
            images=self.image_paths,
            loading=self.request.loading,
            symbols=tuple(str(path.absolute()) for path in self.request.symbols),
            wave=wave,
        )

    def _take_out(self, campaign: Campaign, rig: str, reason: str) -> Campaign:
        since = self.lab.clock.utc().isoformat(timespec="seconds")
        self.history.quarantine(
            Quarantined(rig=rig, reason=reason, since=since, campaign=self.request.campaign)
        )
        self.listener({"rig": rig, "phase": "quarantined", "share": 1.0, "reason": reason})
        seats = tuple(
            replace(seat, out_because=reason) if seat.rig == rig else seat for seat in campaign.rigs
        )
        return replace(campaign, rigs=seats)

    # -- after ---------------------------------------------------------------------------------

    def _judge(self, campaign: Campaign, forecast: Estimate | None, begun_s: float) -> Finished:
        versions = sorted({image.shown_version for image in self.request.facts.values()})
        run = SuiteRun(
            campaign=self.request.campaign,
            suite=self.request.suite.name,
            suite_sha256=self.request.suite.sha256,
            harness=self.request.harness,
        )
        unproven = self.request.unproven
        return Finished(
            campaign=campaign,
            result=judge(campaign, image=", ".join(versions), unproven=unproven),
            run=run,
            images=self.request.facts,
            names={place: path.name for place, path in self.request.images.items()},
            finished=self.lab.clock.utc(),
            wall_s=self.lab.clock.monotonic() - begun_s,
            estimate=forecast,
            unproven=unproven,
        )

    def _publish(self, finished: Finished) -> dict[str, object]:
        """Write what the campaign leaves; evidence last but for the lab's own memory."""
        out = self.request.out
        junit = write_junit(finished, out / "junit.xml")
        self.listener({"phase": "evidence", "share": 0.0})
        evidence = write_evidence(finished, out)
        document = render_result(finished, evidence=evidence, junit=junit)
        write_whole(out / "result.json", json.dumps(document, indent=2) + "\n")
        self.history.add(
            finished.run,
            attempts=finished.campaign.attempts,
            verdicts=[
                PlaceVerdict(
                    sha256=image.sha256,
                    version=image.shown_version,
                    board=place[0],
                    revision=place[1],
                    verdict=place_verdict(finished, place),
                )
                for place, image in finished.images.items()
            ],
            finished=finished.finished.isoformat(),
        )
        self.listener({"phase": "published", "share": 1.0})
        return document


def _complete(
    collected: frozenset[CaseId], places: Sequence[Place] | Mapping[Place, str]
) -> frozenset[CaseId]:
    """Return what a pass requires: every case of the suite on every board and revision asked for.

    A place that no rig could collect for still owes each case; silence is not a pass.
    """
    seen = {case.place for case in collected}
    owed = {
        CaseId(case=case.case, board=board, revision=revision)
        for board, revision in places
        if (board, revision) not in seen
        for case in collected
    }
    return collected | owed


def claim_out(out: Path, campaign: str) -> None:
    """Make ``out`` an empty folder that says whose it is; what an earlier campaign left goes.

    The mark comes first and goes last, so that a campaign that was killed can be run again.

    Raises:
        UsageFault: the folder holds something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    mark = out / _MARK
    others = [path for path in out.iterdir() if path != mark]
    if others and not mark.exists():
        raise UsageFault(
            f"{out} is not empty and holds no campaign", hint="give --out an empty or a new folder"
        )
    for path in others:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    mark.write_text(json.dumps({"campaign": campaign}), encoding="utf-8")
