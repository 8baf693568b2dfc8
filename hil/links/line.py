"""Line: a board's serial line, read by one thread from before the first reset until release."""

import threading
from typing import Any

import serial

from hil.errors import LinkClosed, ProductFault, RigFault
from hil.interfaces import Clock
from hil.inventory.pattern import Pattern
from hil.links.transcript import Cursor, Seen, Transcript
from hil.links.watch import Alarm

_SHOWN = 300


class NotSeen(ProductFault):
    """The board did not say what was waited for."""

    def __init__(self, wanted: str, timeout_s: float, instead: str) -> None:
        super().__init__(
            f"waited {timeout_s:g} s for {wanted!r}; instead: {instead}",
            hint="the transcript shows what came before",
            code="NOT_SEEN",
            anchor=wanted,
        )


class Alarmed(ProductFault):
    """A detector ended a wait: the board panicked, or started anew by itself."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(
            f"the board said {alarm.text!r} while it should not",
            hint="the transcript shows what came before",
            code=alarm.kind,
            anchor=alarm.text,
        )


class Line:
    """Opened by URL with pyserial: a device path, ``socket://``, ``rfc2217://``, or a pty.

    Opening is exclusive where the system can do that, and nothing is flushed afterwards.
    """

    def __init__(
        self, url: str, *, rig: str, baud: int, transcript: Transcript, clock: Clock
    ) -> None:
        self.rig = rig
        self.url = url
        self.transcript = transcript
        self._clock = clock
        self._port = _open(url, rig, baud)
        self._reader = threading.Thread(target=self._read_on, name=f"line {rig}", daemon=True)
        self._reader.start()

    def _read_on(self) -> None:
        reason = "closed by the harness"
        try:
            while self._port.is_open:
                data = self._port.read(max(1, self._port.in_waiting))
                if data:
                    self.transcript.append(data)
        except (serial.SerialException, OSError, TypeError) as error:
            # TypeError: pyserial reads from a descriptor that close() has just set to None.
            reason = str(error)
        self.transcript.close(reason)

    def write(self, data: bytes) -> None:
        """Send ``data`` whole.

        Raises:
            LinkClosed: the far side is gone.
        """
        if self.transcript.closed is not None:
            raise LinkClosed(self.rig, self.url, self.transcript.closed)
        self.transcript.note_sent(data)
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise LinkClosed(self.rig, self.url, str(error)) from error

    def expect(self, pattern: Pattern, *, since: Cursor, timeout_s: float) -> Seen:
        """Wait until the board has said ``pattern`` after ``since``.

        Raises:
            Alarmed: a detector saw a panic or a reset first.
            NotSeen: ``timeout_s`` passed.
            LinkClosed: the line is gone.
        """
        deadline = self._clock.monotonic() + timeout_s
        match self.transcript.wait_match(pattern, since, deadline):
            case Seen() as seen:
                return seen
            case Alarm() as alarm:
                raise Alarmed(alarm)
            case None:
                if self.transcript.closed is not None:
                    raise LinkClosed(self.rig, self.url, self.transcript.closed)
                raise NotSeen(pattern.text, timeout_s, self._instead(since))

    def _instead(self, since: Cursor) -> str:
        said = self.transcript.since(since)
        return repr(said[-_SHOWN:].decode("utf-8", "replace")) if said else "silence"

    def close(self) -> None:
        """End the reader and give the port back."""
        if hasattr(self._port, "cancel_read"):
            self._port.cancel_read()
        self._port.close()
        self._reader.join(timeout=2.0)
        self.transcript.close("closed by the harness")


class LineStream:
    """A line as a byte stream with a cursor of its own, for protocols."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._cursor = line.transcript.mark()

    def read(self, deadline: float) -> bytes:
        """Return what came since the last call; b"" once ``deadline`` has passed.

        Raises:
            LinkClosed: the far side is gone.
        """
        data = self._line.transcript.wait_data(self._cursor, deadline)
        self._cursor = Cursor(self._cursor + len(data))
        closed = self._line.transcript.closed
        if not data and closed is not None:
            raise LinkClosed(self._line.rig, self._line.url, closed)
        return data

    def write(self, data: bytes) -> None:
        """Send ``data`` whole.

        Raises:
            LinkClosed: the far side is gone.
        """
        self._line.write(data)


def _open(url: str, rig: str, baud: int) -> Any:  # noqa: ANN401 (the stubs miss `in_waiting`)
    try:
        port = serial.serial_for_url(url, do_not_open=True, timeout=0.5, write_timeout=30.0)
        port.baudrate = baud
        if not url.startswith(("socket:", "rfc2217:")):
            port.exclusive = True
        port.open()
    except (serial.SerialException, OSError, ValueError) as error:
        raise RigFault(
            f"{rig}: cannot open {url}: {error}",
            hint=f"`hil rig check {rig}` tells a missing cable from a missing permission",
            code="LINK_OPEN",
        ) from error
    return port
