"""Dialogue: what can be said to a board over its line, and heard of it."""

from hil.errors import ProductFault
from hil.inventory.board import Board, Exchange
from hil.inventory.pattern import Pattern, literal
from hil.links.line import Line, LineStream
from hil.links.transcript import Cursor


class Dialogue:
    """Questions and answers over the line of one board."""

    def __init__(self, line: Line, board: Board) -> None:
        self.line = line
        self.board = board

    def send(self, text: str) -> None:
        """Send text as it is."""
        self.line.write(text.encode())

    def mark(self) -> Cursor:
        """Return a cursor behind all that the board has said."""
        return self.line.transcript.mark()

    def ask(self, exchange: Exchange, *, since: int | None = None) -> dict[str, str]:
        """Send one question and return the named groups of its answer.

        The answer counts if it was said after ``since``, by default after this call.

        Raises:
            ProductFault: no such answer in time, a panic, or a reset instead.
        """
        cursor = self.mark() if since is None else Cursor(since)
        if exchange.send:
            self.send(exchange.send)
        pattern = Pattern(exchange.expect)
        return self.line.expect(pattern, since=cursor, timeout_s=exchange.timeout_s).groups

    def command(self, exchange: Exchange) -> dict[str, str]:
        """Ask the application one thing; its answer ends where its prompt comes back.

        Raises:
            ProductFault: it answered something else, not at all, or died instead.
        """
        return self.converse(exchange, self.board.console.prompt)

    def converse(self, exchange: Exchange, prompt: str) -> dict[str, str]:
        """Send, wait for ``prompt``, and return the groups of the answer before it.

        Raises:
            ProductFault: it answered something else, not at all, or died instead.
        """
        since = self.mark()
        self.send(exchange.send)
        seen = self.line.expect(literal(prompt), since=since, timeout_s=exchange.timeout_s)
        answer = self.line.transcript.since(since)[: seen.end - since - len(prompt)]
        found = Pattern(exchange.expect).search(answer)
        if found is None:
            said = answer.decode("utf-8", "replace").strip()
            raise ProductFault(
                f"asked {exchange.send.strip()!r}, the board answered {_one_line(said)[-300:]!r}",
                hint=f"wanted {exchange.expect!r}; the transcript shows the whole answer",
                code="WRONG_ANSWER",
                anchor=said,
            )
        return dict(found.groups)

    def expect(
        self, pattern: str, *, since: int, timeout_s: float, shown: str = ""
    ) -> tuple[int, dict[str, str]]:
        """Wait until the board has said ``pattern``; returns the cursor behind it and its groups.

        ``shown`` stands for the pattern in a message, where a person has not written it so.

        Raises:
            ProductFault: it did not in time, or it panicked.
            RigFault: the line is gone.
        """
        wanted = Pattern(pattern, shown=shown)
        seen = self.line.expect(wanted, since=Cursor(since), timeout_s=timeout_s)
        return seen.end, seen.groups

    def stream(self, *, since: int | None = None) -> LineStream:
        """Return a byte stream that starts after ``since``, or with what the board says next."""
        return LineStream(self.line, self.mark() if since is None else Cursor(since))


def _one_line(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())
