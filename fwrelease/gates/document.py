"""Document: a YAML file as nodes, read to values with every mistake and its place at once.

Checked by hand and not by a schema validator, which knows neither lines nor duplicate keys.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

import yaml

from fwrelease.gates.policy import Mistake

_TAG = "tag:yaml.org,2002:"
_WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
_T = TypeVar("_T")
Nodes = dict[str, yaml.Node]


@dataclass(slots=True)
class DocumentReader:
    """Reads nodes to values; a mistake is noted, and some value of the type is returned."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)

    def mapping(
        self, node: yaml.Node, path: str, *, required: set[str], optional: set[str]
    ) -> Nodes:
        """Return the known keys of a mapping; note the unknown and the missing ones."""
        keys = self.entries(node, path)
        if not isinstance(node, yaml.MappingNode):
            return {}
        for name in sorted(keys.keys() - required - optional):
            close = get_close_matches(name, sorted(required | optional), n=1)
            known = f"did you mean {close[0]}?" if close else f"known: {_list(required | optional)}"
            self.note(keys[name], _join(path, name), f"unknown key; {known}")
        for name in sorted(required - keys.keys()):
            self.note(node, _join(path, name), "is missing")
        return {name: keys[name] for name in keys if name in required | optional}

    def entries(self, node: yaml.Node, path: str) -> Nodes:
        """Return all keys of a mapping with their values."""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, path, f"must be a mapping, not {_kind(node)}")
            return {}
        found: Nodes = {}
        for name, value in list_pairs(node):
            if name in found:
                self.note(value, _join(path, name), "is there twice")
            found[name] = value
        return found

    def items(self, node: yaml.Node, path: str) -> list[tuple[str, yaml.Node]]:
        """Return the items of a list, each with its path."""
        if not isinstance(node, yaml.SequenceNode):
            self.note(node, path, f"must be a list, not {_kind(node)}")
            return []
        return [(f"{path}[{index}]", item) for index, item in enumerate(node.value)]

    def texts(self, node: yaml.Node | None, path: str) -> tuple[str, ...]:
        """Return a list of texts; none where there is no node."""
        if node is None:
            return ()
        return tuple(self.text(item, place, at=item) for place, item in self.items(node, path))

    def text(self, node: yaml.Node | None, path: str, *, at: yaml.Node) -> str:
        """Return a text that is not empty; one that is not there was noted where it is missing."""
        if node is None:
            return ""
        text = self.scalar(node, path, "str")
        if not text.strip() and node.tag == f"{_TAG}str":
            self.note(at, path, "is empty")
        return text

    def whole(self, node: yaml.Node | None, path: str, *, least: int) -> int:
        """Return a whole number of at least ``least``; that where there is no node."""
        if node is None:
            return least
        return self._convert(node, path, "int", lambda text: _at_least(int(text), least)) or least

    def number(self, node: yaml.Node | None, path: str) -> float:
        """Return a finite number; zero where there is no node."""
        if node is None:
            return 0.0
        kind = "int" if node.tag == f"{_TAG}int" else "float"
        return self._convert(node, path, kind, lambda text: _finite(float(text))) or 0.0

    def _convert(
        self, node: yaml.Node, path: str, kind: str, read: Callable[[str], _T]
    ) -> _T | None:
        """Return what ``read`` makes of a scalar of this kind, or None after noting why not."""
        text = self.scalar(node, path, kind)
        if not text:
            return None
        try:
            return read(text)
        except (ValueError, OverflowError) as error:
            self.note(node, path, f"{text} is not possible here: {error}")
            return None

    def scalar(self, node: yaml.Node, path: str, kind: str) -> str:
        """Return the text of a scalar of YAML type ``kind``, or "" after noting what it is."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}{kind}":
            quote = "; quote it" if kind == "str" and isinstance(node, yaml.ScalarNode) else ""
            self.note(node, path, f"must be {_WORDS[kind]}, not {_kind(node)}{quote}")
            return ""
        return str(node.value)

    def note(self, node: yaml.Node, path: str, says: str) -> None:
        """Note a mistake at ``node``."""
        line = node.start_mark.line + 1 if node.start_mark else 1
        self.mistakes.append(Mistake(file=self.file, line=line, path=path, says=says))


def list_pairs(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    """Return the keys and values of a mapping, in order; of anything else, none."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    kind = str(node.tag).removeprefix(_TAG)
    return f"{node.value!r}, which reads as {_WORDS.get(kind, kind)}"


def _at_least(value: int, least: int) -> int:
    if value < least:
        raise ValueError(f"must be at least {least}")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
