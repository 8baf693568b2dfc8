"""Shape: what the schema finds wrong with a document, in the words of who wrote it.

Of the alternatives for one value only the one that was meant is spoken of, and what only follows
from a misspelt key is left out.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hil.inventory.document import Document, Mistake, Path
from hil.inventory.schema import INVENTORY_SCHEMA
from hil.inventory.unknown_key import meant, refuse_key

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_ALTERNATIVES = ("anyOf", "oneOf")


def shape_mistakes(document: Document) -> Iterator[Mistake]:
    """Yield what keeps ``document`` from being an inventory at all."""
    import jsonschema  # noqa: PLC0415 (80 ms that only a command with an inventory pays)

    validator = jsonschema.Draft202012Validator(INVENTORY_SCHEMA)
    found = [cause for error in validator.iter_errors(document.data) for cause in _causes(error)]
    found.sort(key=lambda error: list(error.absolute_path))
    slips = {slip for error in found for slip in _slips(error)}
    for error in found:
        path = tuple(error.absolute_path)
        for key in _unknown_keys(error):
            yield document.mistake((*path, key), refuse_key(key, _properties(error)))
        if not _unknown_keys(error) and not (slips & {(path, name) for name in _missing(error)}):
            yield document.mistake(path, _says(error))


def _causes(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield the errors of the one alternative whose kind of value this is, else the error."""
    branches = [
        list(branch) for _, branch in groupby(error.context, lambda e: e.relative_schema_path[0])
    ]
    fitting = [branch for branch in branches if not any(map(_is_other_kind, branch))]
    if error.validator in _ALTERNATIVES and len(fitting) == 1:
        for cause in fitting[0]:
            yield from _causes(cause)
    else:
        yield error


def _is_other_kind(error: "ValidationError") -> bool:
    return error.validator in {"type", "const"} and not error.relative_path


def _unknown_keys(error: "ValidationError") -> list[str]:
    if error.validator != "additionalProperties":
        return []
    data: Any = error.instance
    return [key for key in data if key not in _properties(error)]


def _properties(error: "ValidationError") -> dict[str, Any]:
    schema: Any = error.schema
    return dict(schema["properties"])


def _slips(error: "ValidationError") -> Iterator[tuple[Path, str]]:
    """Yield the keys that were probably meant by those that are not known."""
    for key in _unknown_keys(error):
        yield tuple(error.absolute_path), meant(key, _properties(error))


def _missing(error: "ValidationError") -> list[str]:
    """Return the keys whose absence is the error."""
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            names = wanted
        case "dependentRequired":
            names = [name for others in wanted.values() for name in others]
        case "anyOf" | "oneOf":
            return [name for other in wanted for name in other.get("required", ())]
        case _:
            return []
    return [name for name in names if error.message.startswith(repr(name))]


def _says(error: "ValidationError") -> str:
    needed = [" and ".join(_missing_of(other)) for other in _alternatives(error)]
    return f"has to have {', or '.join(needed)}" if all(needed) and needed else error.message


def _alternatives(error: "ValidationError") -> list[Any]:
    alternatives: Any = error.validator_value
    return list(alternatives) if error.validator in _ALTERNATIVES else []


def _missing_of(alternative: dict[str, Any]) -> list[str]:
    return list(alternative["required"]) if set(alternative) == {"required"} else []
