"""Policy file: a policy as it stands in YAML, read with every mistake and its place at once.

The same rules are published as a JSON Schema (docs/schemas/policy.json); tests hold them equal.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import yaml

from fwrelease.gates.document import DocumentReader, Nodes, list_pairs
from fwrelease.gates.policy import (
    BrokenPolicy,
    EvidenceRules,
    KeyRule,
    Mistake,
    Policy,
    Unsigned,
)
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule, ProofNeeded, Rule, SuitesRule

_DEFAULT_OWNER = "firmware team"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CONTEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\*?|\*")
ReadKey = Callable[[str], str]


def parse_policy(data: bytes, *, file: str, read_key: ReadKey) -> Policy | BrokenPolicy:
    """Return the policy in ``data``, or all that is wrong with it; ``file`` is for messages.

    ``read_key`` returns the text of a key file that the policy names, or raises OSError.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        root = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return refuse(data, f"not YAML: {error.problem}", file=file, line=line)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        return refuse(data, f"not YAML: {error}", file=file)
    if root is None:
        return Policy(sha256=sha256, contexts={})
    reader = _PolicyReader(file=file, read_key=read_key)
    policy = reader.policy(root, sha256)
    if reader.mistakes:
        mistakes = sorted(reader.mistakes, key=lambda mistake: (mistake.line, mistake.path))
        return BrokenPolicy(sha256=sha256, mistakes=tuple(mistakes))
    return policy


def refuse(data: bytes, says: str, *, file: str, line: int = 1) -> BrokenPolicy:
    """Return the broken policy that has one mistake."""
    mistake = Mistake(file=file, line=line, path="", says=says)
    return BrokenPolicy(sha256=hashlib.sha256(data).hexdigest(), mistakes=(mistake,))


@dataclass(slots=True, kw_only=True)
class _PolicyReader(DocumentReader):
    """Reads the nodes of a policy file."""

    read_key: ReadKey

    def policy(self, root: yaml.Node, sha256: str) -> Policy:
        keys = self.mapping(root, "", required={"version", "contexts"}, optional={"evidence"})
        if "version" in keys and self.whole(keys["version"], "version", least=1) != 1:
            self.note(keys["version"], "version", "only version 1 is known")
        evidence = EvidenceRules()
        if "evidence" in keys:
            evidence = self.evidence(keys["evidence"])
        contexts = self.contexts(keys["contexts"]) if "contexts" in keys else {}
        return Policy(sha256=sha256, contexts=contexts, evidence=evidence)

    def contexts(self, node: yaml.Node) -> dict[str, tuple[Rule, ...]]:
        found: dict[str, tuple[Rule, ...]] = {}
        for name, value in self.entries(node, "contexts").items():
            path = f"contexts.{name}"
            if not _CONTEXT.fullmatch(name):
                self.note(value, path, "a context is a name such as ring:canary or ring:*")
            keys = self.mapping(value, path, required={"rules"}, optional=set())
            if "rules" in keys:
                found[name] = self.rules(keys["rules"], f"{path}.rules")
        return found

    def rules(self, node: yaml.Node, path: str) -> tuple[Rule, ...]:
        rules: dict[str, Rule] = {}
        for place, item in self.items(node, path):
            rule = self.rule(item, place)
            if rule and rule.id and rule.id in rules:
                self.note(item, f"{place}.id", f"{rule.id!r} names two rules")
            if rule:
                rules[rule.id] = rule
        return tuple(rules.values())

    def rule(self, node: yaml.Node, path: str) -> Rule | None:
        kind = self.text(dict(list_pairs(node)).get("kind"), f"{path}.kind", at=node)
        readers: dict[str, Callable[[yaml.Node, str], Rule]] = {
            "suites": self.suites_rule,
            "measurement": self.measurement_rule,
            "image_size": self.size_rule,
        }
        read = readers.get(kind)
        if read is None:
            problem = f"{kind!r} is not" if kind else "must be"
            self.note(node, f"{path}.kind", f"{problem} suites, measurement or image_size")
            return None
        return read(node, path)

    def suites_rule(self, node: yaml.Node, path: str) -> SuitesRule:
        keys = self.rule_keys(node, path, {"suites"}, {"max_age_s", "accept_unproven"})
        suites = self.texts(keys.get("suites"), f"{path}.suites")
        if "suites" in keys and not suites:
            self.note(keys["suites"], f"{path}.suites", "names no suite, so it asks nothing")
        return SuitesRule(
            id=self.id(keys.get("id"), path, at=node),
            owner=self.owner(keys, path),
            waivable_by=self.waivers(keys, path),
            suites=suites,
            max_age=self.max_age(keys, path),
            proof=self.proof(keys, path),
        )

    def measurement_rule(self, node: yaml.Node, path: str) -> MeasurementRule:
        needed, optional = {"measurement", "at_most"}, {"max_age_s", "accept_unproven"}
        keys = self.rule_keys(node, path, needed, optional)
        return MeasurementRule(
            id=self.id(keys.get("id"), path, at=node),
            owner=self.owner(keys, path),
            waivable_by=self.waivers(keys, path),
            measurement=self.text(keys.get("measurement"), f"{path}.measurement", at=node),
            at_most=self.number(keys.get("at_most"), f"{path}.at_most"),
            max_age=self.max_age(keys, path),
            proof=self.proof(keys, path),
        )

    def size_rule(self, node: yaml.Node, path: str) -> ImageSizeRule:
        keys = self.rule_keys(node, path, {"at_most_bytes"}, set())
        return ImageSizeRule(
            id=self.id(keys.get("id"), path, at=node),
            owner=self.owner(keys, path),
            waivable_by=self.waivers(keys, path),
            at_most_bytes=self.whole(keys.get("at_most_bytes"), f"{path}.at_most_bytes", least=1),
        )

    def rule_keys(self, node: yaml.Node, path: str, needed: set[str], optional: set[str]) -> Nodes:
        common = {"owner", "waivable_by"}
        return self.mapping(
            node, path, required={"id", "kind"} | needed, optional=optional | common
        )

    def evidence(self, node: yaml.Node) -> EvidenceRules:
        keys = self.mapping(node, "evidence", required=set(), optional={"unsigned", "keys"})
        unsigned = Unsigned.ALLOWED
        if "unsigned" in keys:
            word = self.text(keys["unsigned"], "evidence.unsigned", at=node)
            if word not in set(Unsigned):
                self.note(keys["unsigned"], "evidence.unsigned", "is allowed or refused")
            unsigned = Unsigned.REFUSED if word == "refused" else Unsigned.ALLOWED
        found = self.items(keys["keys"], "evidence.keys") if "keys" in keys else []
        if unsigned is Unsigned.REFUSED and not found:
            self.note(node, "evidence.keys", "names no key, so that no evidence could ever count")
        return EvidenceRules(
            unsigned=unsigned, keys=tuple(self.key(item, place) for place, item in found)
        )

    def key(self, node: yaml.Node, path: str) -> KeyRule:
        keys = self.mapping(node, path, required={"name", "public"}, optional={"keyid"})
        public = self.text(keys.get("public"), f"{path}.public", at=node)
        if public and "-----BEGIN" not in public:
            public = self.key_file(keys["public"], f"{path}.public", public)
        keyid = self.text(keys["keyid"], f"{path}.keyid", at=node) if "keyid" in keys else None
        name = self.text(keys.get("name"), f"{path}.name", at=node)
        return KeyRule(name=name, public=public, keyid=keyid)

    def key_file(self, node: yaml.Node, path: str, name: str) -> str:
        try:
            return self.read_key(name)
        except (OSError, ValueError) as error:
            self.note(node, path, f"the key file {name} cannot be read: {error}")
            return ""

    def id(self, node: yaml.Node | None, path: str, *, at: yaml.Node) -> str:
        text = self.text(node, f"{path}.id", at=at)
        if text and not _ID.fullmatch(text):
            self.note(at, f"{path}.id", "an id has letters, digits, '.', '_' and '-', at most 64")
        return text

    def owner(self, keys: Nodes, path: str) -> str:
        if "owner" not in keys:
            return _DEFAULT_OWNER
        return self.text(keys["owner"], f"{path}.owner", at=keys["owner"])

    def waivers(self, keys: Nodes, path: str) -> tuple[str, ...]:
        return self.texts(keys.get("waivable_by"), f"{path}.waivable_by")

    def max_age(self, keys: Nodes, path: str) -> timedelta | None:
        node = keys.get("max_age_s")
        if node is None:
            return None
        seconds = self.number(node, f"{path}.max_age_s")
        if not 0 < seconds <= timedelta.max.total_seconds() / 1000:
            self.note(node, f"{path}.max_age_s", "must be above 0, in seconds")
            return None
        return timedelta(seconds=seconds)

    def proof(self, keys: Nodes, path: str) -> ProofNeeded:
        node = keys.get("accept_unproven")
        if node is None:
            return ProofNeeded.ON_BOARD
        word = self.scalar(node, f"{path}.accept_unproven", "bool")
        accepted = word.lower() in {"true", "yes", "on"}
        return ProofNeeded.NONE if accepted else ProofNeeded.ON_BOARD
