"""Strategies for gate inputs, and the ways in which they can get worse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from fwrelease.builds.build import Build
from fwrelease.evidence.statement import Proof, Result
from fwrelease.gates.inputs import Exhibit, FailedCase, GateInputs, Measured, Report
from fwrelease.gates.policy import Demand, NoDemand, Unsigned
from fwrelease.gates.rule import ProofNeeded, Rule
from fwrelease.verdict import Verdict
from tests.support.release import (
    DAY,
    NOON,
    a_build,
    an_exhibit,
    an_inconclusive,
    boot_rule,
    digest_of,
    inputs_of,
    size_rule,
    smoke_rule,
)

Worsening = Callable[[GateInputs], GateInputs]
BOARDS = ("nano-v2", "micro-v1")
ages = st.integers(0, 10).map(lambda days: days * DAY)
maybe_age = st.none() | st.integers(1, 9).map(lambda days: days * DAY)
boards = st.sampled_from((*BOARDS, "other"))
suites = st.sampled_from(("smoke", "full"))
proofs = st.sampled_from(list(ProofNeeded))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    match draw(st.integers(0, 2)):
        case 0:
            names = draw(st.lists(suites, min_size=1, max_size=2, unique=True))
            return smoke_rule(*names, max_age=draw(maybe_age), proof=draw(proofs))
        case 1:
            ceiling = float(draw(st.integers(400, 600)))
            return boot_rule(ceiling, max_age=draw(maybe_age), proof=draw(proofs))
        case _:
            return size_rule(draw(st.sampled_from((900, 1000, 1100))))


@st.composite
def exhibits(draw: st.DrawFn) -> Exhibit:
    board = draw(boards)
    failed = draw(st.integers(0, 4)) == 0
    return an_exhibit(
        draw(st.sampled_from("abc")),
        board=board,
        image_sha256=digest_of(draw(st.sampled_from((board, "old"))).encode()),
        suite=draw(suites),
        result=Result.FAILED if failed else Result.PASSED,
        failed=(FailedCase(case="boot", layer="product"),) if failed else (),
        proof=draw(st.sampled_from((Proof.ON_BOARD, Proof.ON_BOARD, Proof.UNPROVEN))),
        finished=NOON - draw(ages),
        measured=draw(st.just(()) | st.integers(300, 700).map(_boot)),
        signed_by=draw(st.sampled_from(((), ("lab",), ("struck off",)))),
    )


def _boot(value: int) -> tuple[Measured, ...]:
    return (Measured(name="boot_ms", values=(float(value),)),)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    board = draw(boards)
    return an_inconclusive(
        draw(st.sampled_from("abc")),
        board=board,
        image_sha256=digest_of(board.encode()),
        suite=draw(suites),
        verdict=draw(st.sampled_from(("inconclusive", "failed"))),
        layer=draw(st.sampled_from(("product", "test", "rig", ""))),
        finished=NOON - draw(ages),
    )


demands = st.builds(
    Demand,
    policy_sha256=st.just("f" * 64),
    rules=st.lists(rules(), min_size=1, max_size=3).map(tuple),
    unsigned=st.sampled_from(list(Unsigned)),
    keys=st.sampled_from(((), ("lab",))),
)
no_demands = st.builds(
    NoDemand,
    policy_sha256=st.none() | st.just("e" * 64),
    verdict=st.sampled_from((Verdict.MISSING, Verdict.ERRORED)),
    says=st.sampled_from(("there is no policy", "the policy is broken", "the policy is empty")),
)


@st.composite
def likely_passing(draw: st.DrawFn) -> tuple[Exhibit, ...]:
    """Draw a fresh, signed pass with a short boot time for every target and suite."""
    finished = NOON - draw(st.integers(0, 3)) * DAY
    return tuple(
        an_exhibit(
            revision,
            board=board,
            image_sha256=digest_of(board.encode()),
            suite=suite,
            finished=finished,
            measured=_boot(350),
            signed_by=("lab",),
        )
        for board in BOARDS
        for revision in "ab"
        for suite in ("smoke", "full")
    )


@st.composite
def gate_inputs(draw: st.DrawFn) -> GateInputs:
    boards_of_build = draw(st.sampled_from((BOARDS, BOARDS[:1])))
    noise = tuple(draw(st.lists(exhibits(), max_size=6)))
    good = draw(st.just(()) | likely_passing())
    return inputs_of(
        *draw(st.permutations((*good, *noise))),
        demand=draw(demands | demands | demands | no_demands),
        reports=tuple(draw(st.lists(reports(), max_size=3))),
        build=a_build(*boards_of_build),
        now=NOON,
    )


def _change_one(index: int, change: Callable[[Exhibit], tuple[Exhibit, ...]]) -> Worsening:
    def worsen(inputs: GateInputs) -> GateInputs:
        passes = [item for item in inputs.exhibits if item.result is Result.PASSED]
        if not passes:
            return inputs
        chosen = passes[index % len(passes)]
        changed = (
            new for item in inputs.exhibits for new in (change(item) if item is chosen else (item,))
        )
        return replace(inputs, exhibits=tuple(changed))

    return worsen


def _fail(item: Exhibit) -> tuple[Exhibit, ...]:
    return (replace(item, result=Result.FAILED, failed=(FailedCase(case="x", layer="product"),)),)


@st.composite
def one_thing_made_worse(draw: st.DrawFn) -> Worsening:
    change = draw(
        st.sampled_from(
            (
                _fail,
                lambda _: (),
                lambda item: (replace(item, finished=item.finished - 3 * DAY),),
                lambda item: (replace(item, proof=Proof.UNPROVEN),),
                lambda item: (replace(item, signed_by=()),),
                lambda item: (replace(item, suite="another"),),
            )
        )
    )
    return _change_one(draw(st.integers(0, 20)), change)


@st.composite
def the_world_made_worse(draw: st.DrawFn) -> Worsening:
    """Draw worse news that is not a change of one pass."""
    failure = replace(draw(exhibits()), result=Result.FAILED)
    report = draw(reports())
    later: timedelta = draw(ages)
    worsenings: tuple[Worsening, ...] = (
        lambda inputs: replace(inputs, exhibits=(*inputs.exhibits, failure)),
        lambda inputs: replace(inputs, reports=(*inputs.reports, report)),
        lambda inputs: replace(inputs, now=inputs.now + later),
        lambda inputs: replace(inputs, build=_grow(inputs)),
        _strike_off_keys,
        _add_board,
    )
    return draw(st.sampled_from(worsenings))


def _strike_off_keys(inputs: GateInputs) -> GateInputs:
    if isinstance(inputs.demand, NoDemand):
        return inputs
    return replace(inputs, demand=replace(inputs.demand, keys=()))


def _grow(inputs: GateInputs) -> Build:
    artifacts = (replace(item, size_bytes=item.size_bytes + 150) for item in inputs.build.artifacts)
    return replace(inputs.build, artifacts=tuple(artifacts))


def _add_board(inputs: GateInputs) -> GateInputs:
    more = a_build("board-without-evidence").artifacts
    build = replace(inputs.build, artifacts=(*inputs.build.artifacts, *more))
    return replace(inputs, build=build)
