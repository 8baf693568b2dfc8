"""A workspace with builds that need no evidence, for tests of what comes after the gate."""

from pathlib import Path

import yaml

from fwrelease.app import App
from fwrelease.builds.build import Artifact, Build
from fwrelease.services.workspace import create_workspace
from fwrelease.store.builds import BuildRegistered

POLICY = """\
version: 1
contexts:
  "ring:*":
    rules: [{id: image-size, kind: image_size, at_most_bytes: 100}]
"""


def make_shop(root: Path, *versions: str, policy: str = POLICY) -> App:
    """Make a workspace whose gate asks for small images only, and register ``versions``."""
    create_workspace(root)
    (root / "policy.yaml").write_text(policy, encoding="utf-8")
    app = App(root)
    for version in versions:
        register_build(app, version)
    return app


def register_build(app: App, version: str, *, size_bytes: int = 64) -> None:
    """Register a build of one image."""
    workspace = app.workspace()
    artifact = Artifact(
        board="nano-v2",
        revisions=("a", "b"),
        sha256=workspace.vault.put(version.encode().ljust(size_bytes, b"\0")),
        size_bytes=size_bytes,
        build_id="0" * 40,
    )
    build = Build(version=version, product="firmware", commit="", artifacts=(artifact,))
    with workspace.write() as transaction:
        transaction.append(BuildRegistered(build=build), key=f"build:{version}")


def change_yaml(file: Path, **changes: object) -> None:
    """Change top-level keys of a YAML file."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(document | changes, sort_keys=False), encoding="utf-8")
