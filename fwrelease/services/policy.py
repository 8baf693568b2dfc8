"""Policy: read the policy of a workspace, or say which kind of no policy there is."""

from pathlib import Path

from fwrelease.gates.policy import NoPolicy, PolicyFound
from fwrelease.gates.policy_file import parse_policy, refuse

POLICY_FILE = "policy.yaml"
_LARGEST_BYTES = 1024 * 1024


def read_policy(root: Path) -> PolicyFound:
    """Return what ``policy.yaml`` in the directory ``root`` says; key files lie beside it."""
    path = root / POLICY_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return NoPolicy(file=POLICY_FILE)
    except OSError as error:
        return refuse(b"", f"cannot be read: {error.strerror}", file=POLICY_FILE)
    if len(data) > _LARGEST_BYTES:
        return refuse(data, f"is larger than {_LARGEST_BYTES} bytes", file=POLICY_FILE)
    return parse_policy(
        data, file=POLICY_FILE, read_key=lambda name: (root / name).read_text(encoding="ascii")
    )
