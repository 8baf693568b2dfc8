"""Plan document: a plan as it stands in YAML or JSON, read with all its mistakes at once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NoReturn

from fwrelease.errors import UsageFault
from fwrelease.health.criterion import Criterion, NoCriticalEvent, RateBelow
from fwrelease.rollout.plan import Plan
from fwrelease.rollout.ring import Count, Ring, RingSize, Share


def parse_plan(document: object, *, name: str) -> Plan:
    """Return the plan that a parsed YAML ``document`` describes (docs/schemas/rollout-plan.json).

    Raises:
        UsageFault: with every mistake of the document at once; ``name`` is used in the message.
    """
    reader = _Reader(document)
    plan = Plan(
        alpha=reader.number("alpha", above=0.0, below=0.5),
        salt=reader.text("salt"),
        silence_after=timedelta(seconds=reader.number("silence_after_s", above=0.0)),
        held_after=timedelta(seconds=reader.number("held_after_s", above=0.0)),
        rings=tuple(_read_ring(ring) for ring in reader.items("rings")),
    )
    reader.close({"schema"})
    names = [ring.name for ring in plan.rings]
    reader.mistakes += [
        f"rings: {ring} is there twice" for ring in sorted({n for n in names if names.count(n) > 1})
    ]
    shares = [ring.size.share for ring in plan.rings if isinstance(ring.size, Share)]
    if shares != sorted(set(shares)):
        reader.mistakes.append("rings: shares are cumulative, so each must be larger than the last")
    if reader.mistakes:
        _refuse(name, reader.mistakes)
    return plan


def plan_document(plan: Plan) -> dict[str, object]:
    """Return the document that :func:`parse_plan` reads back as ``plan``."""
    return {
        "schema": 1,
        "alpha": plan.alpha,
        "salt": plan.salt,
        "silence_after_s": plan.silence_after.total_seconds(),
        "held_after_s": plan.held_after.total_seconds(),
        "rings": [_ring_document(ring) for ring in plan.rings],
    }


def _ring_document(ring: Ring) -> dict[str, object]:
    rule = ring.criterion
    exits: dict[str, object] = {
        "min_devices": rule.min_devices,
        "min_device_hours": rule.min_device_hours,
    }
    match rule:
        case NoCriticalEvent():
            exits |= {"kind": "no_critical_event"}
        case RateBelow():
            exits |= {
                "kind": "rate",
                "baseline_rate": rule.baseline_rate,
                "margin_rate": rule.margin_rate,
            }
    return {"name": ring.name, **_size_document(ring.size), "exit": exits}


def _size_document(size: RingSize) -> dict[str, object]:
    match size:
        case Count(devices=devices):
            return {"devices": devices}
        case Share(share=share):
            return {"share": share}


def _read_ring(reader: "_Reader") -> Ring:
    ring = Ring(
        name=reader.text("name"), size=_read_size(reader), criterion=_read_exit(reader.part("exit"))
    )
    reader.close(set())
    return ring


def _read_size(reader: "_Reader") -> RingSize:
    if reader.has("devices") == reader.has("share"):
        reader.mistake("", "needs either devices (a count) or share (of the fleet, 0..1)")
    if reader.has("devices"):
        return Count(devices=reader.count("devices", least=1))
    return Share(share=reader.number("share", above=0.0, most=1.0) if reader.has("share") else 1.0)


def _read_exit(reader: "_Reader") -> Criterion:
    kind = reader.text("kind")
    devices = reader.count("min_devices", least=1)
    hours = reader.number("min_device_hours", least=0.0)
    if kind != "rate":
        if kind and kind != "no_critical_event":
            reader.mistake("kind", f"is {kind!r}; it may be no_critical_event or rate")
        rule: Criterion = NoCriticalEvent(min_devices=devices, min_device_hours=hours)
    else:
        rule = RateBelow(
            baseline_rate=reader.number("baseline_rate", above=0.0, below=1.0),
            margin_rate=reader.number("margin_rate", above=0.0, below=1.0),
            min_devices=devices,
            min_device_hours=hours,
        )
    reader.close(set())
    return rule


class _Reader:
    """Reads one mapping and collects what is wrong with it, so that one run shows it all."""

    def __init__(
        self, document: object, where: str = "", mistakes: list[str] | None = None
    ) -> None:
        self.mistakes = [] if mistakes is None else mistakes
        self._where = where
        self._fields: dict[str, object] = {}
        self._seen: set[str] = set()
        if isinstance(document, Mapping):
            self._fields = {str(key): value for key, value in document.items()}
        else:
            self.mistake("", "must be a mapping")

    def has(self, key: str) -> bool:
        return key in self._fields

    def mistake(self, key: str, says: str) -> None:
        where = ".".join(part for part in (self._where, key) if part)
        self.mistakes.append(f"{where or 'the plan'}: {says}")

    def text(self, key: str) -> str:
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:
            self.mistake(key, f"must be a text, is {value!r}")
        return ""

    def count(self, key: str, *, least: int) -> int:
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        if value is not None:
            self.mistake(key, f"must be a whole number from {least} on, is {value!r}")
        return least

    def number(
        self,
        key: str,
        *,
        above: float = float("-inf"),
        least: float = float("-inf"),
        below: float = float("inf"),
        most: float = float("inf"),
    ) -> float:
        value = self._take(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if above < value < below and least <= value <= most:
                return float(value)
            self.mistake(key, f"is {value}, out of range")
        elif value is not None:
            self.mistake(key, f"must be a number, is {value!r}")
        return 1.0

    def part(self, key: str) -> "_Reader":
        value = self._take(key)
        return _Reader({} if value is None else value, self._name(key), self.mistakes)

    def items(self, key: str) -> list["_Reader"]:
        value = self._take(key)
        if isinstance(value, list) and value:
            return [
                _Reader(item, self._name(f"{key}[{number}]"), self.mistakes)
                for number, item in enumerate(value)
            ]
        if value is not None:
            self.mistake(key, "must be a list with at least one ring")
        return []

    def close(self, optional: set[str]) -> None:
        for key in sorted(self._fields.keys() - self._seen - optional):
            self.mistake(key, "is not a key of a rollout plan")

    def _name(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def _take(self, key: str) -> object:
        self._seen.add(key)
        value = self._fields.get(key)
        if value is None:
            self.mistake(key, "is missing")
        return value


def _refuse(name: str, mistakes: list[str]) -> NoReturn:
    listed = "; ".join(mistakes)
    raise UsageFault(
        f"{name} is no rollout plan: {listed}", hint="docs/schemas/rollout-plan.json describes it"
    )
