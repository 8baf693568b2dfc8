"""Line: a board's serial line, read by one thread from before the first reset until release.

The reader sleeps in the kernel until bytes come. A port that vanishes, because its cable was
pulled or because the board's supply feeds the adapter too, is looked for by its identity and
opened again under whatever name it returns; those who wait go on waiting meanwhile.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hil.errors import BoardEnded, LinkClosed, LinkStuck, ProductFault, RigFault
from hil.interfaces import Clock
from hil.inventory.pattern import Pattern
from hil.inventory.rig import LineSpec, LineStep
from hil.links.locate import Whereabouts
from hil.links.port import Port, PortGone, open_port
from hil.links.transcript import Cursor, Seen, Transcript
from hil.links.watch import Alarm, AlarmKind

_SHOWN = 300
_LOOK_S = 0.02  # how often a port that is away is looked for; no event tells of its return
_ROUSED_S = 2.0
_WRITE_S = 30.0
_CLOSED = "closed by the harness"
_LAST_WORDS_S = 1.0  # a program that closed its line may take a moment to end

BoardEnds = Callable[[float], BoardEnded | None]
"""Waits up to so many seconds for a board that is a program to end, and returns how it did."""


def goes_on(_: float) -> None:
    """Return that the board has not ended: it is a thing."""


class NotSeen(ProductFault):
    """The board did not say what was waited for."""

    def __init__(self, rig: str, wanted: str, timeout_s: float, instead: str) -> None:
        super().__init__(
            f"waited {timeout_s:g} s for {wanted!r}; instead: {instead}",
            hint=f"is that what the board's YAML should wait for? `hil console --rig {rig}` shows",
            code="NOT_SEEN",
            anchor=wanted,
        )


class Alarmed(ProductFault):
    """A detector ended a wait: the board panicked, fell silent, or started anew by itself."""

    def __init__(self, alarm: Alarm) -> None:
        silent = alarm.kind is AlarmKind.SILENCE
        said = f"{alarm.text}, though an answer was due" if silent else repr(alarm.text)
        super().__init__(
            f"the board said {said}" + ("" if silent else " while it should not"),
            hint="the transcript shows what came before",
            code=alarm.kind,
            anchor=alarm.text,
        )
        self.alarm = alarm


class Line:
    """One line, found by ``where``. Opening is exclusive where the system can do that.

    Raises:
        RigFault: it is there but cannot be opened. One that is absent may come with the power.
    """

    def __init__(  # noqa: PLR0913 (each is a choice of its own, and named)
        self,
        where: Whereabouts,
        *,
        rig: str,
        baud: int,
        transcript: Transcript,
        clock: Clock,
        spec: LineSpec | None = None,
        board_ended: BoardEnds = goes_on,
    ) -> None:
        self.rig = rig
        self.where = where
        self.transcript = transcript
        self._baud = baud
        self._spec = spec or LineSpec()
        self._board_ended = board_ended
        self._clock = clock
        self._changed = threading.Condition()
        self._port: Port | None = None
        self._absence: RigFault | None = None
        self._gone_at = float("-inf")
        self._may_be_away_until = 0.0
        self._survives = where.survives
        self._lent = False
        self._rousals = 0
        self._closing = threading.Event()
        try:
            self._open()
        except RigFault as fault:
            if fault.code != "LINK_ABSENT":
                raise
            self._absence = fault
            self._may_be_away_until = clock.monotonic() + self._spec.return_s
        self._reader = threading.Thread(target=self._read_on, name=f"line {rig}", daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """The path or URL it is open at, or else what it was looked for by."""
        return self._port.url if self._port else self.where.described

    # -- the reader ----------------------------------------------------------------------------

    def _open(self) -> None:
        url = self.where.find(self.rig)
        opened = open_port(url, rig=self.rig, baud=self._baud, line=self._spec)
        self._survives = self.where.survives  # a link that is gone tells nothing any more
        with self._changed:
            self._port = opened
            self._absence = None
            self._changed.notify_all()

    def _read_on(self) -> None:
        while not self._closing.is_set() and self.transcript.closed is None:
            self._read_once()
        self.transcript.close(_CLOSED)

    def _read_once(self) -> None:
        port = self._port
        if port is None:
            self._closing.wait(_LOOK_S)
            self._look_again()
            return
        try:
            data = port.read()
        except PortGone as gone:
            self._vanish(str(gone))
            return
        if data:
            self.transcript.append(data)
        if port.take_wake():
            self._park()

    def _look_again(self) -> None:
        if self._lent or self._closing.is_set():
            return
        try:
            self._open()
        except RigFault as fault:
            # Of whatever kind: udev gives a new device its permissions a moment after its name.
            self._absence = fault
            ended = self._board_ended(0.0)
            if ended or self._clock.monotonic() > self._may_be_away_until:
                self.transcript.close((ended or fault).message)
                with self._changed:
                    self._changed.notify_all()

    def _vanish(self, reason: str) -> None:
        if self._closing.is_set():
            return
        with self._changed:
            port, self._port = self._port, None
            if port:
                port.close()
            self._gone_at = self._clock.monotonic()
            self._absence = RigFault(
                f"{self.rig}: {self.where.described} went away: {reason}",
                hint=f"check the cable and the supply, then `hil rig check {self.rig}`",
                code="LINK_ABSENT",
            )
            if self._survives:
                back_at = self._clock.monotonic() + self._spec.return_s
                self._may_be_away_until = max(self._may_be_away_until, back_at)
            self._changed.notify_all()
        if self._clock.monotonic() > self._may_be_away_until:
            self.transcript.close(reason)

    def _park(self) -> None:
        """Answer whoever woke the reader; while the port is lent, wait until it is back."""
        with self._changed:
            self._rousals += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._lent or self._closing.is_set())

    def _rouse(self) -> None:
        """Make the reader look at its port now; returns once it has.

        What had arrived before, it has then taken; a port that had gone, it has then missed.
        """
        with self._changed:
            port = self._port
            if port is None:
                return
            before = self._rousals
            port.wake()
            self._changed.wait_for(
                lambda: self._rousals > before or self._port is not port, _ROUSED_S
            )

    # -- absence -------------------------------------------------------------------------------

    def may_vanish(self) -> None:
        """Expect that the port goes with the supply, which is about to be cut."""
        self._may_be_away_until = float("inf")

    def must_be_back(self) -> None:
        """Wait for the port, now that the supply is back.

        Raises:
            RigFault: LINK_ABSENT, it did not return within ``line.return_s``.
        """
        self._rouse()
        deadline = self._clock.monotonic() + self._spec.return_s
        self._may_be_away_until = deadline
        self._present(deadline)
        self._may_be_away_until = 0.0

    def _present(self, deadline: float) -> Port:
        with self._changed:
            self._changed.wait_for(
                lambda: self._port is not None or self.transcript.closed is not None,
                max(0.0, deadline - self._clock.monotonic()),
            )
            if self._port is not None:
                return self._port
        lost = self.lost("it went away")
        raise lost if isinstance(lost, BoardEnded) else self._absence or lost

    def lost(self, reason: str = "") -> LinkClosed:
        """Return the error that the line is gone: for ``reason``, if it does not know better."""
        closed = LinkClosed(self.rig, self.url, self.transcript.closed or reason)
        return self._board_ended(_LAST_WORDS_S) or closed

    # -- writing and waiting -------------------------------------------------------------------

    def write(self, data: bytes, deadline: float | None = None) -> None:
        """Send ``data`` whole, or what of it is taken before ``deadline`` (by default in 30 s).

        Raises:
            LinkClosed: the far side is gone.
            LinkStuck: the deadline passed.
        """
        if self.transcript.closed is not None:
            raise self.lost()
        until = self._clock.monotonic() + _WRITE_S if deadline is None else deadline
        port = self._present(min(self._may_be_away_until, until))
        self.transcript.note_sent(data)
        try:
            self._write_whole(port, data, until)
        except PortGone as gone:
            raise self.lost(str(gone)) from gone

    def _write_whole(self, port: Port, data: bytes, until: float) -> None:
        rest = data
        while rest:
            wait_s = max(0.0, until - self._clock.monotonic())
            taken = port.write_some(rest, wait_s)
            if not taken and self._clock.monotonic() >= until:
                raise LinkStuck(self.rig, self.url)
            rest = rest[taken:]

    def pulse(self, steps: tuple[LineStep, ...]) -> None:
        """Set DTR and RTS step by step, as a reset by the modem lines asks.

        Raises:
            RigFault: this line has no modem lines, or is away.
        """
        port = self._present(self._clock.monotonic())
        for step in steps:
            port.set_levels(step)
            if step.hold_s:
                self._clock.pause(step.hold_s)

    def expect(self, pattern: Pattern, *, since: Cursor, timeout_s: float) -> Seen:
        """Wait until the board has said ``pattern`` after ``since``.

        Raises:
            Alarmed: a detector saw a panic, a reset or silence first.
            NotSeen: ``timeout_s`` passed.
            LinkClosed: the line is gone.
            RigFault: LINK_ABSENT, it was away meanwhile, so that nobody knows what was said.
        """
        began_s = self._clock.monotonic()
        match self.transcript.wait_match(pattern, since, began_s + timeout_s):
            case Seen() as seen:
                return seen
            case Alarm(kind=kind) as alarm:
                if kind is AlarmKind.SILENCE:
                    self._refuse_deafness(began_s)
                raise Alarmed(alarm)
            case None:
                if self.transcript.closed is not None:
                    raise self.lost()
                self._refuse_deafness(began_s)
                raise NotSeen(self.rig, pattern.shown, timeout_s, self._instead(since))

    def _refuse_deafness(self, began_s: float) -> None:
        """Blame no silence on the board while its line was away."""
        if self._absence is not None and self._port is None:
            raise self._absence
        if self._gone_at >= began_s:
            raise RigFault(
                f"{self.rig}: {self.where.described} was away for a while; what the board said "
                "meanwhile is lost",
                hint=f"check the cable and the supply, then `hil rig check {self.rig}`",
                code="LINK_ABSENT",
            )

    def _instead(self, since: Cursor) -> str:
        said = self.transcript.since(since)
        return repr(said[-_SHOWN:].decode("utf-8", "replace")) if said else "silence"

    # -- lending -------------------------------------------------------------------------------

    @contextmanager
    def hand_over(self) -> Iterator[str]:
        """Leave the port to another program for a while; yields its path.

        It stays open here, so that what arrives after that program ended waits in the kernel.
        A network line is closed meanwhile, as many servers take one client only.

        Raises:
            RigFault: the port is away.
        """
        port = self._present(self._clock.monotonic() + self._spec.return_s)
        self._lent = True
        self._rouse()
        try:
            if port.is_device:
                port.unlock()
            else:
                self._put_away(port)
            yield port.url
        finally:
            self._take_back(port)

    def _put_away(self, port: Port) -> None:
        self.may_vanish()
        with self._changed:
            self._port = None
            port.close()

    def _take_back(self, port: Port) -> None:
        with self._changed:
            if self._port is port:
                port.lock()
            self._lent = False
            self._changed.notify_all()
        if self._port is None:
            self.must_be_back()

    def close(self) -> None:
        """End the reader and give the port back."""
        self._closing.set()
        with self._changed:
            self._lent = False
            if self._port:
                self._port.wake()
            self._changed.notify_all()
        self._reader.join(timeout=2.0)
        with self._changed:
            port, self._port = self._port, None
        if port and not self._reader.is_alive():
            port.close()
        self.transcript.close(_CLOSED)


class LineStream:
    """A line as a byte stream with a cursor of its own, for protocols; it begins at ``since``."""

    def __init__(self, line: Line, since: Cursor | None = None) -> None:
        self._line = line
        self._cursor = line.transcript.mark() if since is None else since

    def read(self, deadline: float) -> bytes:
        """Return what came since the last call; b"" once ``deadline`` has passed.

        Raises:
            LinkClosed: the far side is gone.
        """
        data = self._line.transcript.wait_data(self._cursor, deadline)
        self._cursor = Cursor(self._cursor + len(data))
        if not data and self._line.transcript.closed is not None:
            raise self._line.lost()
        return data

    def write(self, data: bytes, deadline: float) -> None:
        """Send ``data`` whole, or what of it is taken before ``deadline``.

        Raises:
            LinkClosed: the far side is gone.
            LinkStuck: the deadline passed.
        """
        self._line.write(data, deadline)
