"""XMODEM: blocks of 128 bytes, or of 1024, each answered before the next.

After Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988), sections 7 and 8::

    receiver  C (or NAK: check by sum)    ACK        ACK      ACK
    sender                       block 1    block 2 ..  EOT
"""

from hil.protocols.answer import Answer
from hil.protocols.frame import LONG_BYTES, SHORT_BYTES
from hil.protocols.transfer import Dialect, State, Table

_TABLE: Table = {
    (State.WAITING, Answer.CALL): State.SENDING,
    (State.WAITING, Answer.GO): State.SENDING,
    (State.WAITING, Answer.NAK): State.SENDING,
    (State.SENDING, Answer.ACK): State.SENDING,
    (State.SENDING, Answer.GO): State.SENDING,
    (State.SENDING, Answer.NAK): State.SENDING,
    (State.SENDING, Answer.LOST): State.SENDING,
    (State.ENDING, Answer.ACK): State.DONE,
    (State.ENDING, Answer.GO): State.DONE,
    (State.ENDING, Answer.NAK): State.ENDING,
}

XMODEM = Dialect(name="xmodem", call=b"C", block_bytes=SHORT_BYTES, table=_TABLE)
XMODEM_1K = Dialect(name="xmodem1k", call=b"C", block_bytes=LONG_BYTES, table=_TABLE)
