"""Document: a YAML file as plain data that still knows the line of each of its keys."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from hil.errors import UsageFault

_MOST_NODES = 100_000
_BOOL, _TEXT, _MERGE = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
_FLOAT = "tag:yaml.org,2002:float"
Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Only true and false are booleans, as in YAML 1.2; `on` and `off` name a switch's commands."""


_Loader.yaml_implicit_resolvers = {
    first: [resolver for resolver in resolvers if resolver[0] != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _BOOL, re.compile("(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong in a file, where, and in which words."""

    file: str
    line: int
    path: Path
    says: str

    def sentence(self) -> str:
        """Return the mistake as one line, the way compilers do."""
        where = ".".join(map(str, self.path)) or "the document"
        return f"{self.file}:{self.line}: {where}: {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The data of one YAML file, and the line (from 1) of each key path."""

    name: str
    data: Any
    lines: dict[Path, int]

    def mistake(self, path: Path, says: str) -> Mistake:
        """Return a mistake at ``path``, or at its nearest parent that has a line."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Mistake(file=self.name, line=self.lines.get(known, 1), path=path, says=says)


def read_document(text: str, *, name: str) -> Document:
    """Parse YAML 1.1, the safe subset; a key given twice and aliases that explode are refused.

    Raises:
        UsageFault: it is not YAML that can be read, and where.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[Path, int] = {}
        for count, (path, at) in enumerate(_walk(node, (), name) if node else ()):
            if count > _MOST_NODES:
                raise UsageFault(f"{name}: more than {_MOST_NODES} entries", hint="split the file")
            if isinstance(at, yaml.ScalarNode):
                _refuse_odd(at)
            lines[path] = at.start_mark.line + 1
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 (it is a safe one)
        return Document(name=name, data=data, lines=lines)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageFault(
            f"{name}: not YAML that can be read: {error}",
            hint="quote texts that hold ': ', '#' or a backslash",
        ) from error


def _refuse_odd(scalar: yaml.ScalarNode) -> None:
    scalar.value.encode()  # a lone surrogate is no text: it could not be sent
    if scalar.tag == _FLOAT and scalar.value.lower().lstrip("+-") in {".inf", ".nan"}:
        line = scalar.start_mark.line + 1
        raise ValueError(f"line {line}: {scalar.value} is no number that can be waited for")


def _walk(node: yaml.Node, path: Path, name: str) -> Iterator[tuple[Path, yaml.Node]]:
    yield path, node
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag not in {_TEXT, _MERGE}:
                raise UsageFault(
                    f"{name}:{line}: a key that is not text", hint="put the key in quotes"
                )
            if key.value in seen:
                raise UsageFault(
                    f"{name}:{line}: {'.'.join(map(str, (*path, key.value)))}: given twice",
                    hint="keep one of the two",
                )
            seen.add(key.value)
            yield from _walk(value, (*path, key.value), name)
            yield (*path, key.value), key
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, index), name)
