"""A board with an ESP32-C3: the mock of its ROM bootloader, and an application that talks.

``python esp_board.py PORT FOLDER``: its serial line is a TCP port, its flash memory a file in
FOLDER, ``reset`` on its standard input its reset pin. Its application is what stands at 0x10000, if
that begins with ``APP <version>``; whoever talks SLIP (RFC 1055) to it is talking to the ROM.
"""

import socket
import sys
import threading
from pathlib import Path

from esp32_mock_bootloader import server

SLIP_END = b"\xc0"
APP_AT = 0x10000


class Heard:
    """A socket that first gives back what has been read from it already."""

    def __init__(self, line: socket.socket, first: bytes) -> None:
        self._line = line
        self._first = first

    def recv(self, size: int) -> bytes:
        first, self._first = self._first, b""
        return first or self._line.recv(size)

    def __getattr__(self, name: str) -> object:
        return getattr(self._line, name)


class Board:
    """The board: its flash memory, and whether its ROM or its application runs."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._flash = server.get_flash_image()
        if memory.exists():
            self._flash.data[:] = memory.read_bytes()
        self._line: socket.socket | None = None
        self._in_rom = False
        self._has_greeted = False
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Start the application, and say so if somebody listens."""
        with self._lock:
            self._in_rom, self._has_greeted = False, False
            self._greet()

    def _greet(self) -> None:
        if self._line is not None and not self._has_greeted and not self._in_rom:
            self._has_greeted = True
            self._line.sendall(f"\r\nESP-ROM:esp32c3\r\napp {self._version()}\r\n> ".encode())

    def _version(self) -> str:
        words = bytes(self._flash.data[APP_AT : APP_AT + 40]).split()
        return words[1].decode() if words[:1] == [b"APP"] else "none"

    def serve(self, line: socket.socket) -> None:
        """Talk to one client until it goes."""
        with self._lock:
            self._line = line
            self._greet()
        heard = b""
        while data := line.recv(4096):
            heard += data
            if SLIP_END in heard:
                self._in_rom = True
                server.handle_client(
                    server.BootloaderConnection(sock=Heard(line, heard)),
                    threading.Event(),
                    "esp32c3",
                    exit_on_disconnect=True,
                )
                self._keep()
                break
            while b"\n" in heard and not self._in_rom:
                command, _, heard = heard.partition(b"\n")
                line.sendall(self._answer(command.decode().strip()))
        with self._lock:
            self._line = None

    def _answer(self, command: str) -> bytes:
        said = f"version {self._version()}" if command == "version" else command
        return f"{said}\r\n> ".encode()

    def _keep(self) -> None:
        new = self._memory.with_suffix(".new")
        new.write_bytes(self._flash.data)
        new.rename(self._memory)


def main(port: int, folder: Path) -> None:
    """Be a board until killed."""
    board = Board(folder / "flash.bin")

    def obey() -> None:
        for order in sys.stdin:
            if order.strip() == "reset":
                board.reset()

    threading.Thread(target=obey, daemon=True).start()
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            board.serve(listener.accept()[0])


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
