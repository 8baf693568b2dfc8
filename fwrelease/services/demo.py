"""Demo: three builds through one shop, as the command lines that a user would type.

Nothing here knows how the story ends: each command is run, and its exit code says what comes next.
``hil`` is driven by its command line, as a CI job would.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fwrelease.errors import BackendFault

Runner = Callable[[Sequence[str]], int]
"""Shows a command line, runs it where the user sees what it says, and returns its exit code."""

Writer = Callable[[str, str, str, str], None]
"""Copies a file with one text exchanged: from, to, the text to find, the text in its place."""

LAB, WORN_LAB, FLEET = "lab/virtual.yaml", "lab/worn.yaml", "shop/fleet.yaml"
_ANSWERS = frozenset({0, 1, 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """What plays in the story; tests exchange the parts.

    ``second_image`` is the file that is released as 1.1.0; ``silent_rate`` (0..1) is the share of
    devices that never answer again after they took 1.2.0. ``worn_rig`` has a page of flash that
    takes nothing any more, while 1.1.0 is tested.
    """

    second_image: str = "nano-v2-1.1.0.bin"
    worn_rig: str = "virt-a2"
    silent_rate: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One build of the story: its image, the lab it meets, and what is said before it."""

    version: str
    image: str
    inventory: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What happened to one build, by the exit codes of the campaign, the gate and the rollout."""

    version: str
    campaign: int
    gate: int
    rollout: int | None

    def sentence(self) -> str:
        """Return the outcome in words."""
        lab = {0: "passed in the lab", 1: "failed in the lab"}.get(self.campaign, "unproven")
        if self.gate != 0:
            return f"{self.version}: {lab}; the gate refused it, no device was offered it"
        field = {0: "in every ring", 1: "halted in the field and taken back"}
        return f"{self.version}: {lab}; {field.get(self.rollout or 0, 'held for lack of data')}"


def list_releases(cast: Cast) -> tuple[Release, ...]:
    """Return the builds of the story, in order."""
    return (
        Release(
            version="1.0.0",
            image="nano-v2-1.0.0.bin",
            inventory=LAB,
            says="Week 1. A good build: proven on four rigs, then ring by ring into the fleet.",
        ),
        Release(
            version="1.1.0",
            image=cast.second_image,
            inventory=WORN_LAB,
            says="Week 2. A new build, and a rig whose flash is worn out: whose fault is what?",
        ),
        Release(
            version="1.2.0",
            image="nano-v2-1.2.0.bin",
            inventory=LAB,
            says="Week 3. A build that the lab finds nothing wrong with. The field decides.",
        ),
    )


def set_scene(run: Runner, write: Writer, cast: Cast) -> None:
    """Make a lab with a worn rig in one of its two inventories, a workspace, and a fleet's truth.

    Raises:
        BackendFault: one of the commands could not do its work.
    """
    _must(run, ["hil", "init", "--virtual", "lab"])
    chip = f"5e1f00{cast.worn_rig.removeprefix('virt-')}"
    write(LAB, WORN_LAB, f'"{chip}"}}', f'"{chip}", faults: {{dead_page: 2}}}}')
    _must(run, ["fwrelease", "init", "shop"])
    truth = f'builds: {{"1.2.0": {{silent: {cast.silent_rate}, revert: 0.0, crash: 0.0}}}}'
    write(FLEET, FLEET, "builds: {}", truth)


def tell(run: Runner, release: Release) -> Told:
    """Take one build as far as the answers let it go.

    Raises:
        BackendFault: a command could neither say yes nor no.
    """
    image = f"nano-v2=lab/images/{release.image}"
    out = f"campaigns/{release.version}"
    campaign = _ask(
        run,
        *("hil", "run", "--inventory", release.inventory, "--image", image),
        *("--suite", "smoke", "--out", out),
    )
    _must(run, ["fwrelease", "build", "add", release.version, "--image", image])
    _must(run, ["fwrelease", "evidence", "add", out])
    gate = _ask(run, "fwrelease", "gate", "check", release.version, "--context", "ring:lab")
    rollout = None
    if gate == 0:
        _must(run, ["fwrelease", "promote", release.version])
        rollout = _watch(run, release.version)
    return Told(version=release.version, campaign=campaign, gate=gate, rollout=rollout)


def close(run: Runner, told: Sequence[Told]) -> None:
    """Verify the ledger and write the page.

    Raises:
        BackendFault: the ledger does not verify, or the page could not be written.
    """
    _must(run, ["fwrelease", "audit", "verify"])
    campaigns = [part for each in told for part in ("--campaign", f"campaigns/{each.version}")]
    _must(run, ["fwrelease", "report", *campaigns])


def _watch(run: Runner, version: str) -> int:
    pace = ("--every", "12h", "--until", "settled")
    return _ask(run, "fwrelease", "rollout", "watch", version, *pace)


def _ask(run: Runner, *argv: str) -> int:
    code = run(argv)
    if code not in _ANSWERS:
        raise _stopped(argv, code)
    return code


def _must(run: Runner, argv: Sequence[str]) -> None:
    code = run(argv)
    if code != 0:
        raise _stopped(argv, code)


def _stopped(argv: Sequence[str], code: int) -> BackendFault:
    return BackendFault(
        f"the demo stopped: `{' '.join(argv)}` ended with {code}",
        hint="its own words stand above; virtual rigs need: pip install 'fwrelease[virtual]'",
    )
