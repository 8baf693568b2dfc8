"""Files by digest."""

from pathlib import Path

import pytest

from fwrelease.errors import BackendFault, IntegrityFault, UsageFault
from fwrelease.vault import FileVault
from tests.support.release import digest_of


def test_a_file_is_named_by_its_digest(tmp_path: Path) -> None:
    digest = FileVault(tmp_path).put(b"image")
    assert (tmp_path / digest[:2] / digest[2:]).read_bytes() == b"image"
    assert len(list(tmp_path.rglob("*"))) == 2


def test_a_changed_file_is_never_given_back_and_mended_by_putting_it_again(tmp_path: Path) -> None:
    vault = FileVault(tmp_path)
    digest = vault.put(b"image")
    (tmp_path / digest[:2] / digest[2:]).write_bytes(b"other")
    with pytest.raises(IntegrityFault, match="no longer match its name"):
        vault.get(digest)
    vault.put(b"image")
    assert vault.get(digest) == b"image"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_what_is_no_digest_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageFault):
        FileVault(tmp_path).get(name)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / digest_of(b"image")[:2]).write_text("in the way")
    with pytest.raises(BackendFault, match="cannot be written"):
        FileVault(tmp_path).put(b"image")
