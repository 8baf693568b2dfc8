"""JSON reader: typed values out of a JSON document that somebody else wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_TOO_LARGE = 1e15


class Unfit(ValueError):
    """The document lacks something, or has it in another shape; the message names the place."""


@dataclass(frozen=True, slots=True)
class JsonReader:
    """One object of the document; ``where`` is its place, as in ``cases[3]``."""

    fields: Mapping[str, object]
    where: str = ""

    def text(self, key: str) -> str:
        """Return a text; null counts as empty."""
        value = self._take(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._unfit(key, "a text")
        return value

    def number(self, key: str) -> float:
        """Return a finite number of at least 0."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._unfit(key, "a number")
        if not 0 <= value < _TOO_LARGE:  # NaN is not, either
            raise self._unfit(key, "a number of at least 0")
        return float(value)

    def moment(self, key: str) -> datetime:
        """Return a time with a zone, in UTC."""
        try:
            moment = datetime.fromisoformat(self.text(key))
        except ValueError as error:
            raise self._unfit(key, "a time in ISO 8601") from error
        if moment.tzinfo is None:
            raise self._unfit(key, "a time with a zone")
        return moment.astimezone(UTC)

    def objects(self, key: str) -> tuple["JsonReader", ...]:
        """Return a list of objects."""
        value = self._take(key)
        if not isinstance(value, list):
            raise self._unfit(key, "a list")
        return tuple(
            read_object(item, where=f"{self._name(key)}[{number}]")
            for number, item in enumerate(value)
        )

    def _take(self, key: str) -> object:
        if key not in self.fields:
            raise Unfit(f"{self._name(key)} is missing")
        return self.fields[key]

    def _unfit(self, key: str, wanted: str) -> Unfit:
        return Unfit(f"{self._name(key)} must be {wanted}")

    def _name(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def read_object(value: object, *, where: str = "") -> JsonReader:
    """Return a reader of ``value``.

    Raises:
        Unfit: it is not an object.
    """
    if not isinstance(value, dict):
        raise Unfit(f"{where or 'the document'} must be an object")
    return JsonReader(value, where)
