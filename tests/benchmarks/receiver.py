"""Receiver: the board's half of XMODEM-CRC, YMODEM and YMODEM-g, for these benchmarks alone.

After Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988); it shares no line with the
project's sender, so that no misreading of the text sits on both sides. It answers at once, says NAK
to what is damaged and cancels where it lost the count.
"""

import binascii
import select
import socket

SOH, STX, EOT, ACK, NAK, CAN = 0x01, 0x02, 0x04, 0x06, 0x15, 0x18
_ASK_AGAIN_S, _SILENCE_S = 3.0, 20.0


class Broken(Exception):
    """The transfer cannot go on."""


class Receiver:
    """Receives one file from ``line``; ``request`` is b"C", or b"G" for a stream."""

    def __init__(self, line: socket.socket, request: bytes) -> None:
        self._line = line
        self._request = request
        self._streams = request == b"G"
        self._unread = b""

    def receive_xmodem(self) -> bytes:
        """Receive by XMODEM and return all blocks, with their padding."""
        self._line.sendall(self._request)
        return self._receive_blocks(asks=True)

    def receive_ymodem(self) -> bytes:
        """Receive one file by YMODEM and return it, as long as its first block says."""
        self._line.sendall(self._request)
        header = self._block(self._start(), 0)
        name, _, facts = header.partition(b"\0")
        if not name:
            raise Broken("a first block without a name")
        length = int(facts.split(b"\0")[0].split()[0])
        self._line.sendall(self._request if self._streams else bytes((ACK,)) + self._request)
        data = self._receive_blocks(asks=False)
        self._line.sendall(self._request)
        if self._block(self._start(), 0).strip(b"\0"):
            raise Broken("a second file")
        self._line.sendall(bytes((ACK,)))
        return data[:length]

    def _receive_blocks(self, *, asks: bool) -> bytes:
        data = bytearray()
        number = 1
        ends = 0
        while True:
            start = self._start() if asks and not data else self._byte()
            if start == EOT:
                ends += 1
                if ends == 2 or asks or self._streams:
                    self._line.sendall(bytes((ACK,)))
                    return bytes(data)
                self._line.sendall(bytes((NAK,)))  # YMODEM confirms the end by asking once more
                continue
            data += self._block(start, number)
            number = (number + 1) % 256
            if not self._streams:
                self._line.sendall(bytes((ACK,)))

    def _block(self, start: int, number: int) -> bytes:
        """Return the payload of a block whose first byte was ``start``."""
        if start not in {SOH, STX}:
            raise Broken(f"a block that starts with {start:#04x}")
        size = 1024 if start == STX else 128
        block = self._exactly(size + 4)
        payload, crc = block[2:-2], int.from_bytes(block[-2:], "big")
        if block[0] != number or block[1] != 255 - number:
            raise Broken(f"block {block[0]} instead of {number}")
        if crc != binascii.crc_hqx(payload, 0):
            raise Broken(f"block {number} is damaged")
        return payload

    def _start(self) -> int:
        """Return the first byte of what was asked for; ask again where nothing comes."""
        for _ in range(int(_SILENCE_S / _ASK_AGAIN_S)):
            if self._unread or select.select([self._line], [], [], _ASK_AGAIN_S)[0]:
                return self._byte()
            self._line.sendall(self._request)
        raise Broken("nobody sends")

    def _byte(self) -> int:
        return self._exactly(1)[0]

    def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            if not select.select([self._line], [], [], _SILENCE_S)[0]:
                raise Broken(f"silence after {len(self._unread)} of {size} bytes")
            self._unread += self._line.recv(65536)
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken
