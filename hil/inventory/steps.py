"""Steps: how a scripted flasher talks a console bootloader into taking an image, from YAML.

A step is ``reset``, ``power_cycle``, ``interrupt``, ``transfer``, or a mapping with ``send``,
``expect`` or both. Each belongs to a phase, which says where a flash failed: ``connect`` up to the
first transfer, ``transfer`` from there on, or what its key ``phase`` says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hil.inventory.pattern import Pattern, PatternRefused
from hil.inventory.unknown_key import meant, refuse_key

Phase = Literal["connect", "erase", "transfer", "verify"]
Protocol = Literal["xmodem", "xmodem1k", "ymodem", "ymodem-g"]
_PHASES: tuple[Phase, ...] = get_args(Phase)
_PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
_STEP_KEYS = ("send", "expect", "interrupt", "transfer")
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The harness resets the board; later steps wait for what it says after that."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCycle:
    """The harness cuts the board's supply and gives it back."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """When the board says ``expect``, ``send`` stops it at ``prompt``."""

    expect: str
    send: str
    prompt: str
    timeout_s: float
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Something is sent, nothing waited for."""

    send: str
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """``send`` is sent, if it is not empty, and answered by ``expect`` within ``timeout_s``.

    If one of ``fails`` comes first, the board refused.
    """

    send: str
    expect: str
    fails: tuple[str, ...]
    timeout_s: float
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The image is sent by a protocol to a receiver that the steps before have started."""

    protocol: Protocol
    phase: Phase


Step = Reset | PowerCycle | Interrupt | Say | Hear | Transfer


class StepRefused(ValueError):
    """A step that cannot be carried out; ``index`` is its place, from 0, ``path`` its key's."""

    def __init__(self, index: int, says: str, *, key: tuple[str, ...] = ()) -> None:
        super().__init__(f"step {index + 1}: {says}")
        self.index = index
        self.path: tuple[str | int, ...] = (index, *key)
        self.says = says


class _UnknownKey(ValueError):
    """``path`` is where in its step a key stands that nothing reads."""

    def __init__(self, path: tuple[str, ...], known: Iterable[str]) -> None:
        super().__init__(refuse_key(path[-1], known))
        self.path = path


def parse_steps(steps: Sequence[Any]) -> tuple[Step, ...]:
    """Return the steps of a flasher.

    Raises:
        StepRefused: the first that is wrong, by its place, and what it may be.
    """
    parsed: list[Step] = []
    phase: Phase = "connect"
    for index, step in enumerate(steps):
        try:
            parsed.append(_parse_step(step, phase))
        except _UnknownKey as unknown:
            raise StepRefused(index, str(unknown), key=unknown.path) from unknown
        except (ValueError, PatternRefused) as error:
            raise StepRefused(index, str(error)) from error
        if isinstance(parsed[-1], Transfer):
            phase = "transfer"
    if not any(isinstance(step, Transfer) for step in parsed):
        raise StepRefused(max(0, len(parsed) - 1), "none of the steps is a `transfer`")
    return tuple(parsed)


def _parse_step(step: Any, phase: Phase) -> Step:  # noqa: ANN401 (YAML)
    match step:
        case "reset":
            return Reset(phase=phase)
        case "power_cycle":
            return PowerCycle(phase=phase)
        case {"transfer": str(name), **rest} if not rest:
            return _transfer(name)
        case {"interrupt": dict(how), **rest} if not rest:
            return _interrupt(how, phase)
        case {"send": _, **_rest} | {"expect": _, **_rest}:
            return _exchange(step, phase)
        case dict() if slips := _slips(step):
            raise _UnknownKey((slips[0],), _STEP_KEYS)
        case _:
            shown = f"{{{', '.join(step)}: ...}}" if isinstance(step, dict) else repr(step)
            raise ValueError(
                f"{shown}: a step is reset, power_cycle, {{interrupt: ...}}, {{transfer: ...}}, "
                "or a mapping with send or expect"
            )


def _slips(step: Mapping[str, Any]) -> list[str]:
    return [key for key in step if key not in _STEP_KEYS and meant(key, _STEP_KEYS)]


def _transfer(name: str) -> Transfer:
    for protocol in _PROTOCOLS:
        if protocol == name:
            return Transfer(protocol=protocol, phase="transfer")
    raise ValueError(f"no protocol {name!r}; known: {', '.join(_PROTOCOLS)}")


def _interrupt(how: Mapping[str, Any], phase: Phase) -> Interrupt:
    _refuse_others(how, {"expect", "send", "prompt", "timeout_s", "phase"}, within=("interrupt",))
    return Interrupt(
        expect=_pattern(how, "expect"),
        send=_text(how, "send"),
        prompt=_pattern(how, "prompt"),
        timeout_s=_seconds(how),
        phase=_phase(how, phase),
    )


def _exchange(how: Mapping[str, Any], phase: Phase) -> Say | Hear:
    _refuse_others(how, {"send", "expect", "fails", "timeout_s", "phase"})
    send = _text(how, "send") if "send" in how else ""
    if "expect" not in how:
        _refuse_others(how, {"send", "phase"})
        return Say(send=send, phase=_phase(how, phase))
    fails = how.get("fails", [])
    fails = [fails] if isinstance(fails, str) else fails
    return Hear(
        send=send,
        expect=_pattern(how, "expect"),
        fails=tuple(_pattern({"fails": text}, "fails") for text in fails),
        timeout_s=_seconds(how),
        phase=_phase(how, phase),
    )


def _refuse_others(
    how: Mapping[str, Any], known: set[str], *, within: tuple[str, ...] = ()
) -> None:
    other = sorted(set(how) - known)
    if other:
        raise _UnknownKey((*within, other[0]), known)


def _text(how: Mapping[str, Any], key: str) -> str:
    text = how.get(key)
    if not isinstance(text, str) or not text:
        raise ValueError(f"{key!r} has to be a text, not {text!r}")
    return text


def _pattern(how: Mapping[str, Any], key: str) -> str:
    text = _text(how, key)
    Pattern(text)
    return text


def _seconds(how: Mapping[str, Any]) -> float:
    seconds = how.get("timeout_s", _TIMEOUT_S)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ValueError(f"'timeout_s' has to be a number of seconds, not {seconds!r}")
    return float(seconds)


def _phase(how: Mapping[str, Any], otherwise: Phase) -> Phase:
    said = how.get("phase", otherwise)
    for phase in _PHASES:
        if phase == said:
            return phase
    raise ValueError(f"no phase {said!r}; known: {', '.join(_PHASES)}")


def step_texts(steps: Sequence[Step]) -> Iterator[str]:
    """Yield every text of the steps that may hold places."""
    for step in steps:
        match step:
            case Interrupt():
                yield from (step.expect, step.send, step.prompt)
            case Say():
                yield step.send
            case Hear():
                yield from (step.send, step.expect, *step.fails)
            case Reset() | PowerCycle() | Transfer():
                pass
