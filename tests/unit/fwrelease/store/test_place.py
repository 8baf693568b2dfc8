"""Where a ledger may lie."""

from pathlib import Path

import pytest

from fwrelease.store.place import check_place, find_filesystem

MOUNTS = r"""
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local\040disk ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
short
"""


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        ("/srv/shop", "ext4"),
        ("/home/ana/shop", "nfs4"),
        ("/home", "nfs4"),
        ("/homestead", "ext4"),
        ("/home/local disk/shop", "ext4"),
        ("/tmp/x", "tmpfs"),
    ],
)
def test_the_nearest_mount_decides(directory: str, kind: str) -> None:
    assert find_filesystem(Path(directory), MOUNTS) == kind


def test_without_a_mount_nothing_is_known() -> None:
    assert find_filesystem(Path("/x"), "") == ""


def test_a_local_directory_is_fine(tmp_path: Path) -> None:
    check_place(tmp_path)
