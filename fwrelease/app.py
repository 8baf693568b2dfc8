"""App: the composition root; the only place that reads the clock, the user and the environment."""

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fwrelease.services.workspace import VAULT, Workspace
from fwrelease.store.ledger import Ledger, open_ledger
from fwrelease.vault import FileVault


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place


@dataclass(frozen=True, slots=True)
class App:
    """What every command starts from: the directory it was pointed at."""

    root: Path

    def workspace(self) -> Workspace:
        """Open the workspace.

        Raises:
            UsageFault: the directory is not one.
        """
        return Workspace(
            root=self.root,
            store=self.ledger(),
            vault=FileVault(self.root / VAULT),
            clock=SystemClock(),
            actor=current_actor(),
        )

    def ledger(self) -> Ledger:
        """Open the ledger alone, for the audit, which looks beneath what the Store promises."""
        return open_ledger(self.root)


def current_actor() -> str:
    """Return the name of the user of this process, as claimed by the operating system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
