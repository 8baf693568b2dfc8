"""Place: where a ledger may lie. SQLite's locks cannot be trusted on a network file system.

Source: SQLite, "Over a Network, Caveats and Considerations" and "Write-Ahead Logging": WAL needs
shared memory, so all programs must be on one host. Only Linux says what is mounted where.
"""

from pathlib import Path

from fwrelease.errors import UsageFault

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "ocfs2", "gfs2"}
)


def check_place(directory: Path) -> None:
    """Refuse a directory on a network file system.

    Raises:
        UsageFault: it is on one, and which.
    """
    if not _MOUNTS.exists():
        return
    kind = find_filesystem(directory.resolve(), _MOUNTS.read_text(errors="replace"))
    if kind in _NETWORK:
        raise UsageFault(
            f"{directory} is on a network file system ({kind}), where two writers may both win",
            hint="put the workspace on a local disk; copy the folder to share what it says",
        )


def find_filesystem(directory: Path, mounts: str) -> str:
    """Return the type of the file system that holds ``directory``, or "" if none is known."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].encode().decode("unicode_escape"))
        if directory.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind
