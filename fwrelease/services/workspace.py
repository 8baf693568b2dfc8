"""Workspace: one directory with a policy, a ledger and a vault; every command works in one."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fwrelease.errors import BackendFault, UsageFault
from fwrelease.interfaces import Clock, Store, Transaction, Vault, View
from fwrelease.store.ledger import DATABASE, create_ledger

VAULT = "vault"
_TEMPLATES = resources.files("fwrelease.services") / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What a use case works with; ``actor`` is who it is said to act for."""

    root: Path
    store: Store
    vault: Vault
    clock: Clock
    actor: str

    def read(self) -> AbstractContextManager[View]:
        """Look at the ledger at one moment."""
        return self.store.read()

    def write(self) -> AbstractContextManager[Transaction]:
        """Be the one writer, now; an error inside leaves everything as it was."""
        return self.store.write(at=self.clock.now(), actor=self.actor)


def create_workspace(root: Path) -> tuple[str, ...]:
    """Make a workspace in ``root`` and return the names of what was made.

    The ledger comes last: without it there is no workspace, and the command can be given again.

    Raises:
        UsageFault: something of a workspace is there already; it is left as it is.
    """
    templates = {template.name: template.read_bytes() for template in _list_templates()}
    _check_free(root, templates)
    try:
        (root / VAULT).mkdir(parents=True, exist_ok=True)
        for name, text in templates.items():
            (root / name).write_bytes(text)
        create_ledger(root)
    except OSError as error:
        raise BackendFault(
            f"{root}: cannot be made a workspace: {error.strerror}",
            hint="choose a directory that you may write to",
        ) from error
    return (*sorted(templates), f"{VAULT}/", DATABASE)


def _list_templates() -> list[resources.abc.Traversable]:
    return [item for item in _TEMPLATES.iterdir() if item.name.endswith(".yaml")]


def _check_free(root: Path, templates: dict[str, bytes]) -> None:
    if root.exists() and not root.is_dir():
        raise UsageFault(f"{root} is not a directory", hint="name a directory, new or empty")
    if (root / DATABASE).exists():
        raise UsageFault(
            f"{root} is a workspace already", hint=f"use it: `fwrelease -w {root} build list`"
        )
    for name, text in templates.items():
        path = root / name
        if path.is_symlink() or (path.exists() and path.read_bytes() != text):
            raise UsageFault(
                f"{path} is there already and is not overwritten",
                hint="choose another directory, or move that file away",
            )
