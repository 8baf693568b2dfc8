"""Case: one test on one board and revision."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CaseId:
    """Names a case; ``case`` is the test's name, unique within its suite."""

    board: str
    revision: str
    case: str

    @property
    def place(self) -> tuple[str, str]:
        """The board and revision that the case runs on."""
        return self.board, self.revision


RED_CHECK = "red_check"
"""The case by which a campaign shows that its harness can see red; it judges no image."""
