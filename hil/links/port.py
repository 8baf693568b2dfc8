"""Port: one opened serial device or network line, as bytes in and out.

pyserial opens it, by path or URL. A device is opened for this process alone: flock(2) stops other
programs that ask for exclusive use, TIOCEXCL (tty_ioctl(4)) everybody but root. DTR and RTS get
their idle levels before the port is opened, and nothing that has arrived is ever thrown away.
"""

import errno
import os
import select
from contextlib import suppress
from pathlib import Path
from typing import Any

import serial
from serial import rfc2217
from serial.urlhandler import protocol_socket

from hil.errors import RigFault
from hil.inventory.rig import LineSpec, LineStep

_MOST = 65536
_WRITE_S = 30.0
_REMOTE = ("socket://", "rfc2217://")
_ABSENT = ("LINK_ABSENT", "is not there", "is it plugged in? `hil rig discover` lists ports")
_DENIED = ("LINK_DENIED", "may not be opened", "add yourself to the group that owns the port")
_BUSY = ("LINK_BUSY", "is in use", "another program has it open")
_REFUSALS = {
    errno.ENOENT: _ABSENT,
    errno.ENODEV: _ABSENT,
    errno.ENXIO: _ABSENT,
    errno.ECONNREFUSED: ("LINK_ABSENT", "is not there", "does its server run?"),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EBUSY: _BUSY,
    errno.EAGAIN: _BUSY,
}


class _Device(serial.Serial):
    """A serial device whose input is not thrown away at opening."""

    def _reset_input_buffer(self) -> None:
        pass


class _Remote(rfc2217.Serial):
    """A port behind RFC 2217 whose server is not told to throw anything away."""

    def reset_input_buffer(self) -> None:
        pass

    def reset_output_buffer(self) -> None:
        pass


class _Stream(protocol_socket.Serial):
    """A raw TCP stream of which nothing is thrown away at opening."""

    def reset_input_buffer(self) -> None:
        pass


class PortGone(Exception):
    """The far side of an open port is gone."""


class Port:
    """An open port. ``read`` blocks until bytes come or :meth:`wake` is called."""

    def __init__(self, url: str, opened: Any) -> None:  # noqa: ANN401 (the stubs miss `in_waiting`)
        self.url = url
        self._port = opened
        self._wake_read, self._wake = os.pipe()
        self._descriptor = _descriptor(opened)
        self._woken = False
        self._device = not url.startswith(_REMOTE)
        self._poll = select.poll()
        self._poll.register(self._wake_read, select.POLLIN)
        if self._descriptor is not None:
            self._poll.register(self._descriptor, select.POLLIN)

    @property
    def is_device(self) -> bool:
        """Whether it is a device of this machine, which another program may open by its path."""
        return self._device

    def read(self) -> bytes:
        """Return all that has come, at least one byte; b"" when woken.

        Raises:
            PortGone: the far side is gone.
        """
        try:
            if self._descriptor is None:
                return self._read_buffered()
            ready = dict(self._poll.poll())
            if self._wake_read in ready:
                os.read(self._wake_read, 64)
                self._woken = True
            if self._descriptor in ready:
                return self._drain()
        except (OSError, serial.SerialException, TypeError) as error:
            # TypeError: pyserial reads from what a close in another thread has set to None.
            raise PortGone(str(error)) from error
        return b""

    def _drain(self) -> bytes:
        """Take everything that waits; many small pieces become one."""
        assert self._descriptor is not None
        pieces: list[bytes] = []
        size = 0
        while size < _MOST:
            try:
                piece = os.read(self._descriptor, _MOST)
            except BlockingIOError:
                break
            if not piece:
                if not pieces:
                    raise OSError(errno.EIO, "the far side closed it")
                break
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces)

    def _read_buffered(self) -> bytes:
        """Read a line that pyserial feeds from a thread of its own (RFC 2217)."""
        if select.select([self._wake_read], [], [], 0)[0]:
            os.read(self._wake_read, 64)
            self._woken = True
            return b""
        data: bytes = self._port.read(max(1, self._port.in_waiting))
        return data

    def take_wake(self) -> bool:
        """Return whether the last read was woken, once."""
        woken, self._woken = self._woken, False
        return woken

    def write_some(self, data: bytes, wait_s: float) -> int:
        """Send what the line takes at once, waiting until it takes any; returns how much it was.

        That is 0 if it took nothing for ``wait_s``: nobody empties what it holds.

        Raises:
            PortGone: the far side is gone.
        """
        try:
            if self._descriptor is None:
                self._port.write(data)
                return len(data)
            now = self._port.fileno()  # asked anew: None once another thread has closed it
            if not select.select([], [now], [], wait_s)[1]:
                return 0
            return os.write(now, data)
        except BlockingIOError:
            return 0
        except (OSError, serial.SerialException, TypeError) as error:
            raise PortGone(str(error)) from error

    def set_levels(self, step: LineStep) -> None:
        """Set DTR and RTS; True asserts (a low level on the pin of most adapters).

        Raises:
            RigFault: LINK_LEVELS, this kind of line has none.
        """
        try:
            if step.rts is not None:
                self._port.rts = step.rts
            if step.dtr is not None:
                self._port.dtr = step.dtr
        except (OSError, serial.SerialException) as error:
            raise _no_levels(self.url, str(error)) from error
        if self.url.startswith("socket://"):
            raise _no_levels(self.url, "a raw socket carries bytes only")

    def unlock(self) -> None:
        """Let another program of this machine open the port as well."""
        self._set_exclusive("TIOCNXCL", "LOCK_UN")

    def lock(self) -> None:
        """Take the port back, and set it anew: whoever had it may have changed the speed."""
        self._set_exclusive("TIOCEXCL", "LOCK_EX")
        with suppress(OSError, serial.SerialException):
            self._port._reconfigure_port(force_update=True)  # noqa: SLF001 (no public name)

    def _set_exclusive(self, request: str, lock: str) -> None:
        import fcntl  # noqa: PLC0415 (absent on Windows)
        import termios  # noqa: PLC0415

        if self._descriptor is None or not self._device:
            return
        with suppress(OSError):
            fcntl.flock(self._descriptor, getattr(fcntl, lock) | fcntl.LOCK_NB)
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, getattr(termios, request))

    def wake(self) -> None:
        """End a read that waits."""
        os.write(self._wake, b"x")

    def close(self) -> None:
        """Give the port back; nobody may be reading."""
        # pyserial forgets to close a socket whose far side is gone already.
        held = getattr(self._port, "_socket", None)
        with suppress(OSError, serial.SerialException):
            self._port.close()
        if held is not None:
            held.close()
        for descriptor in (self._wake_read, self._wake):
            os.close(descriptor)


def open_port(url: str, *, rig: str, baud: int, line: LineSpec) -> Port:
    """Open a device path, ``socket://`` or ``rfc2217://``.

    Raises:
        RigFault: LINK_ABSENT, LINK_DENIED, LINK_BUSY or LINK_OPEN, and what to do.
    """
    remote = url.startswith(_REMOTE)
    try:
        port = _unopened(url)
        port.baudrate = baud
        if not remote:
            port.exclusive = True
        if line.dtr is not None:
            port.dtr = line.dtr
        if line.rts is not None:
            port.rts = line.rts
        port.open()
    except (serial.SerialException, OSError, ValueError) as error:
        raise _refusal(rig, url, error) from error
    opened = Port(url, port)
    if not remote:
        opened.lock()
        _set_latency(Path(url), line.latency_ms)
    return opened


def _unopened(url: str) -> Any:  # noqa: ANN401 (as above)
    port: Any
    if url.startswith("rfc2217://"):
        # The timeout only bounds how long closing a line without a descriptor takes.
        port = _Remote(None, timeout=0.5)
    elif url.startswith("socket://"):
        port = _Stream(None, timeout=0.5, write_timeout=_WRITE_S)
    elif "://" in url:
        return serial.serial_for_url(url, do_not_open=True)
    else:
        port = _Device(None, timeout=0.5, write_timeout=_WRITE_S)
    port.port = url
    return port


def latency_file(url: str, *, sys: Path = Path("/sys")) -> Path | None:
    """Return where the latency timer (ms) of an FTDI adapter is set, None where there is none."""
    file = sys / "class" / "tty" / Path(os.path.realpath(url)).name / "device" / "latency_timer"
    return file if file.exists() else None


def _set_latency(path: Path, latency_ms: int) -> None:
    file = latency_file(str(path))
    if file is not None:
        with suppress(OSError):  # not allowed: `hil rig check` says so
            file.write_text(str(latency_ms))


def _descriptor(port: Any) -> int | None:  # noqa: ANN401 (as above)
    try:
        number: int = port.fileno()
    except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
        return None
    return number


def _no_levels(url: str, because: str) -> RigFault:
    return RigFault(
        f"{url}: DTR and RTS cannot be set: {because}",
        hint="a pty or a raw socket has none; give the rig another `reset`",
        code="LINK_LEVELS",
    )


def _refusal(rig: str, url: str, error: Exception) -> RigFault:
    number = _number(error)
    code, words, hint = _REFUSALS.get(number, ("LINK_OPEN", "cannot be opened", ""))
    return RigFault(
        f"{rig}: {url} {words}: {error}",
        hint=f"{hint}; `hil rig check {rig}` tells more" if hint else f"`hil rig check {rig}`",
        code=code,
    )


def _number(error: BaseException | None) -> int:
    """Return the errno behind an error of pyserial, which hides it in causes and texts."""
    while error is not None:
        found = getattr(error, "errno", None)
        if isinstance(found, int) and found:
            return found
        error = error.__cause__ or error.__context__
    return 0
