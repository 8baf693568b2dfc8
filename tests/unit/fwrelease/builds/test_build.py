"""What makes up a build."""

import pytest

from fwrelease.builds.build import Claim, assemble
from fwrelease.errors import UsageFault
from fwrelease.evidence.image import recognise
from tests.support.release import image_bytes


def a_claim(
    board: str = "nano-v2", revision: str | None = None, *, payload: bytes = b".", own: str = "ab"
) -> Claim:
    data = image_bytes("1.1.0", board=board, revisions=own, payload=payload)
    return Claim(board=board, revision=revision, image=recognise(data, name="x.bin"), name="x.bin")


def artifacts(*claims: Claim) -> list[tuple[str, tuple[str, ...]]]:
    build = assemble(claims, version="1.1.0", product="firmware", commit="")
    return [(artifact.board, artifact.revisions) for artifact in build.artifacts]


def test_an_image_is_for_all_the_revisions_that_it_names() -> None:
    assert artifacts(a_claim()) == [("nano-v2", ("a", "b"))]


def test_a_claim_may_narrow_it_to_one_revision() -> None:
    assert artifacts(a_claim(revision="b")) == [("nano-v2", ("b",))]


def test_each_revision_may_have_an_image_of_its_own() -> None:
    claims = (a_claim(revision="a", payload=b"a"), a_claim(revision="b", payload=b"b"))
    assert sorted(artifacts(*claims)) == [("nano-v2", ("a",)), ("nano-v2", ("b",))]


def test_the_same_image_claimed_twice_is_one_artifact() -> None:
    claims = (a_claim(revision="b"), a_claim(revision="a"), a_claim())
    assert artifacts(*claims) == [("nano-v2", ("a", "b"))]


def test_the_order_of_claims_does_not_matter() -> None:
    claims = (a_claim("micro-v1"), a_claim("nano-v2"))
    assert artifacts(*claims) == artifacts(*reversed(claims))


def test_two_images_for_one_revision_are_refused() -> None:
    with pytest.raises(UsageFault, match="already given for nano-v2:b"):
        artifacts(a_claim(), a_claim(revision="b", payload=b"other"))


def test_a_build_without_an_image_is_refused() -> None:
    with pytest.raises(UsageFault, match="has no image"):
        artifacts()
