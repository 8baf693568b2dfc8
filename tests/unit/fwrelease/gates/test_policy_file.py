"""The policy file: read whole, or refused with every mistake and its place."""

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fwrelease.gates.policy import BrokenPolicy, NoPolicy, Policy, Unsigned, ask, rules_for
from fwrelease.gates.policy_file import parse_policy
from fwrelease.gates.rule import ImageSizeRule, MeasurementRule, ProofNeeded, SuitesRule
from fwrelease.services.policy import read_policy
from fwrelease.verdict import Verdict
from tests.support.release import SCHEMAS, WEEK, a_shop

NUMBER = "not '1.0', which reads as a number"
TEXT = "not 'fast', which reads as text"
SIZE = "{id: size, kind: image_size, at_most_bytes: 10}"


def no_key_file(name: str) -> str:
    raise FileNotFoundError(name)


def read(text: str) -> Policy | BrokenPolicy:
    return parse_policy(text.encode(), file="policy.yaml", read_key=no_key_file)


def policy_of(text: str) -> Policy:
    policy = read(text)
    assert isinstance(policy, Policy), policy
    return policy


def mistakes_of(text: str) -> list[str]:
    policy = read(text)
    assert isinstance(policy, BrokenPolicy)
    return [f"{item.line} {item.path}: {item.says}" for item in policy.mistakes]


def test_every_kind_of_rule_is_read_with_its_defaults() -> None:
    policy = policy_of("""\
version: 1
contexts:
  "ring:*":
    rules:
      - {id: smoke, kind: suites, suites: [smoke, full], max_age_s: 604800, owner: ana}
      - {id: boot, kind: measurement, measurement: boot_ms, at_most: 500, accept_unproven: true}
      - {id: size, kind: image_size, at_most_bytes: 65536, waivable_by: [release manager]}
""")
    assert rules_for(policy, "ring:canary") == (
        SuitesRule(
            id="smoke",
            owner="ana",
            waivable_by=(),
            suites=("smoke", "full"),
            max_age=WEEK,
            proof=ProofNeeded.ON_BOARD,
        ),
        MeasurementRule(
            id="boot",
            owner="firmware team",
            waivable_by=(),
            measurement="boot_ms",
            at_most=500,
            max_age=None,
            proof=ProofNeeded.NONE,
        ),
        ImageSizeRule(
            id="size",
            owner="firmware team",
            waivable_by=("release manager",),
            at_most_bytes=65536,
        ),
    )
    assert policy.evidence.unsigned is Unsigned.ALLOWED


def test_every_mistake_is_told_at_once_with_line_and_path() -> None:
    assert mistakes_of("""\
version: 3
contexts:
  "ring:*":
    rules:
      - {id: smoke, kind: suites, suites: [], max_age_s: -1, onwer: ana}
      - {id: smoke, kind: suites, suites: [1.0]}
      - {id: boot, kind: measurement, at_most: fast}
      - {id: size, kind: image_size, at_most_bytes: 0}
      - {id: what, kind: prayer}
evidence: {unsigned: maybe}
""") == [
        "1 version: only version 1 is known",
        "5 contexts.ring:*.rules[0].max_age_s: must be above 0, in seconds",
        "5 contexts.ring:*.rules[0].onwer: unknown key; did you mean owner?",
        "5 contexts.ring:*.rules[0].suites: names no suite, so it asks nothing",
        "6 contexts.ring:*.rules[1].id: 'smoke' names two rules",
        f"6 contexts.ring:*.rules[1].suites[0]: must be text, {NUMBER}; quote it",
        f"7 contexts.ring:*.rules[2].at_most: must be a number, {TEXT}",
        "7 contexts.ring:*.rules[2].measurement: is missing",
        "8 contexts.ring:*.rules[3].at_most_bytes: 0 is not possible here: must be at least 1",
        "9 contexts.ring:*.rules[4].kind: 'prayer' is not suites, measurement or image_size",
        "10 evidence.unsigned: is allowed or refused",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "must be a mapping, not a list"),
        ("version: 1\ncontexts: [a]", "contexts: must be a mapping, not a list"),
        ("a: [", "not YAML"),
        ("version: 1\nversion: 1\ncontexts: {}", "version: is there twice"),
        ("version: 1\ncontexts: {a b: {rules: []}}", "a context is a name such as"),
        ("version: 1\ncontexts: {a: {rules: {}}}", "rules: must be a list, not a mapping"),
        ("version: 1\ncontexts: {a: {rules: [x]}}", "kind: must be suites, measurement or"),
        ("version: 1\ncontexts: {}\nevidence: {unsigned: refused}", "names no key"),
        (
            "version: 1\ncontexts: {}\nevidence: {keys: [{name: lab, public: gone.pub}]}",
            "the key file gone.pub cannot be read",
        ),
        ("&a [*a]", "must be a mapping"),
        ("\0", "not YAML"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, says: str) -> None:
    assert says in "\n".join(mistakes_of(text))


def test_bytes_that_are_no_text_are_refused() -> None:
    found = parse_policy(b"\xff", file="policy.yaml", read_key=no_key_file)
    assert isinstance(found, BrokenPolicy)


def test_a_key_may_stand_in_the_policy_or_beside_it() -> None:
    pem = "-----BEGIN PUBLIC KEY-----"
    text = (
        "version: 1\ncontexts: {}\nevidence: {unsigned: refused, keys: ["
        f"{{name: here, public: '{pem}'}}, {{name: there, public: lab.pub, keyid: x}}]}}"
    )
    policy = parse_policy(text.encode(), file="policy.yaml", read_key=lambda name: f"PEM of {name}")
    assert isinstance(policy, Policy)
    assert [(key.public, key.keyid) for key in policy.evidence.keys] == [
        (pem, None),
        ("PEM of lab.pub", "x"),
    ]


def test_an_exact_name_is_preferred_to_the_longest_wildcard() -> None:
    names = ("*", "ring:*", "ring:ca*", "ring:canary")
    contexts = "".join(f"  '{name}': {{rules: [{SIZE}]}}\n" for name in names)
    policy = policy_of(f"version: 1\ncontexts:\n{contexts}")
    marked = Policy(sha256="", contexts={name: (size_named(name),) for name in policy.contexts})
    found = {
        context: (rules_for(marked, context) or (size_named("none"),))[0].id
        for context in ("ring:canary", "ring:cats", "ring:lab", "site")
    }
    assert found == {
        "ring:canary": "ring:canary",
        "ring:cats": "ring:ca*",
        "ring:lab": "ring:*",
        "site": "*",
    }


def size_named(name: str) -> ImageSizeRule:
    return ImageSizeRule(id=name, owner="", waivable_by=(), at_most_bytes=1)


def test_every_kind_of_no_policy_says_which_it_is() -> None:
    found = [
        ask(policy, "ring:canary")
        for policy in (
            NoPolicy(file="policy.yaml"),
            read("version: 2\ncontexts: {}"),
            read(""),
            read(f"version: 1\ncontexts: {{'site': {{rules: [{SIZE}]}}}}"),
            read("version: 1\ncontexts: {'ring:*': {rules: []}}"),
        )
    ]
    assert [(item.verdict, item.says) for item in found if not hasattr(item, "rules")] == [
        (Verdict.MISSING, "there is no policy: policy.yaml does not exist"),
        (
            Verdict.ERRORED,
            "the policy is broken: policy.yaml:1: version: only version 1 is known",
        ),
        (Verdict.MISSING, "the policy is empty: it asks nothing in any context"),
        (Verdict.MISSING, "the policy says nothing of ring:canary (it knows site)"),
        (Verdict.MISSING, "the policy is empty in ring:canary: it has no rules there"),
    ]


def test_a_file_that_cannot_be_read_is_a_broken_policy(tmp_path: Any) -> None:
    assert isinstance(read_policy(tmp_path), NoPolicy)
    (tmp_path / "policy.yaml").mkdir()
    assert isinstance(read_policy(tmp_path), BrokenPolicy)
    (tmp_path / "policy.yaml").rmdir()
    (tmp_path / "policy.yaml").write_bytes(b"#" * (1024 * 1024 + 1))
    assert isinstance(read_policy(tmp_path), BrokenPolicy)


def test_the_template_is_a_policy(tmp_path: Any) -> None:
    assert isinstance(read_policy(a_shop(tmp_path).root), Policy)


VALID: dict[str, Any] = {
    "version": 1,
    "evidence": {"unsigned": "allowed", "keys": [{"name": "lab", "public": "-----BEGIN"}]},
    "contexts": {
        "ring:*": {
            "rules": [
                {"id": "s", "kind": "suites", "suites": ["smoke"], "max_age_s": 60, "owner": "o"},
                {"id": "m", "kind": "measurement", "measurement": "ms", "at_most": 1.5},
                {"id": "i", "kind": "image_size", "at_most_bytes": 9, "waivable_by": ["boss"]},
            ]
        },
        "site": {"rules": []},
    },
}
ODD = st.sampled_from([None, True, 0, -1, 1, 2.5, "", " ", "smoke", [], {}, ["x"], {"id": "x"}])


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Draw a valid policy with one thing changed, dropped or added somewhere."""
    document = json.loads(json.dumps(VALID))
    places: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict | list):
            places.append(node)
            for item in node.values() if isinstance(node, dict) else node:
                walk(item)

    walk(document)
    place = draw(st.sampled_from(places))
    keys: list[Any] = [*place] if isinstance(place, dict) else list(range(len(place)))
    change_one = draw(st.booleans())
    if keys and change_one:
        key = draw(st.sampled_from(keys))
        if draw(st.booleans()):
            del place[key]
        else:
            # A key file that is not there is the reader's business alone.
            place[key] = draw(ODD.filter(lambda odd: key != "public" or not isinstance(odd, str)))
    elif isinstance(place, dict):
        place[draw(st.sampled_from(["owner", "accept_unproven", "new", "a b", "*"]))] = draw(ODD)
    else:
        place.append(draw(ODD))
    return document


@settings(max_examples=400, deadline=None)
@given(document=documents())
def test_the_published_schema_and_the_reader_agree(document: Any) -> None:
    schema = json.loads((SCHEMAS / "policy.json").read_text())
    fits = jsonschema.Draft202012Validator(schema).is_valid(document)
    found = read(yaml.safe_dump(document))
    assert isinstance(found, Policy) == fits, found
