"""YMODEM: block 0 says name and length, so that nothing is padded; a batch of one file.

After Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988), sections 5 and 6::

    receiver  C         ACK C         ACK         NAK     ACK C              ACK
    sender      block 0       block 1    ...  EOT     EOT       empty block 0

    receiver  G         G                                 ACK G
    sender      block 0   block 1  block 2  ...       EOT       empty block 0      (YMODEM-g)

Receivers differ at the end: some refuse the first EOT, some do not; some ask for a further file,
others go back to their prompt, and some that ask do not acknowledge that there is none. By then
the image has arrived, so silence and words there count as the end. In YMODEM-g a receiver that
misses a block cancels; whatever else it may say of a block, the stream is broken.
"""

from hil.protocols.answer import Answer
from hil.protocols.frame import LONG_BYTES
from hil.protocols.transfer import Dialect, State, Table

_ENDS: Table = {
    (State.ENDING, Answer.ACK): State.ENDED,
    (State.ENDING, Answer.GO): State.CLOSING,
    (State.ENDING, Answer.CALL): State.CLOSING,
    (State.ENDING, Answer.NAK): State.ENDING,
    (State.ENDED, Answer.CALL): State.CLOSING,
    (State.ENDED, Answer.GO): State.CLOSING,
    (State.ENDED, Answer.NAK): State.CLOSING,
    (State.ENDED, Answer.TEXT): State.DONE,
    (State.ENDED, Answer.QUIET): State.DONE,
}

_STOP_AND_WAIT: Table = {
    **_ENDS,
    (State.WAITING, Answer.CALL): State.NAMING,
    (State.WAITING, Answer.GO): State.NAMING,
    (State.NAMING, Answer.ACK): State.NAMED,
    (State.NAMING, Answer.GO): State.SENDING,
    (State.NAMING, Answer.NAK): State.NAMING,
    (State.NAMING, Answer.LOST): State.NAMING,
    (State.NAMED, Answer.CALL): State.SENDING,
    (State.NAMED, Answer.GO): State.SENDING,
    (State.NAMED, Answer.NAK): State.SENDING,
    (State.NAMED, Answer.QUIET): State.SENDING,
    (State.SENDING, Answer.ACK): State.SENDING,
    (State.SENDING, Answer.GO): State.SENDING,
    (State.SENDING, Answer.NAK): State.SENDING,
    (State.SENDING, Answer.LOST): State.SENDING,
    (State.CLOSING, Answer.ACK): State.DONE,
    (State.CLOSING, Answer.GO): State.DONE,
    (State.CLOSING, Answer.NAK): State.CLOSING,
    (State.CLOSING, Answer.LOST): State.CLOSING,
    (State.CLOSING, Answer.TEXT): State.DONE,
    (State.CLOSING, Answer.QUIET): State.DONE,
}

_STREAM: Table = {
    **_ENDS,
    (State.WAITING, Answer.CALL): State.NAMING,
    (State.WAITING, Answer.GO): State.NAMING,
    (State.NAMING, Answer.ACK): State.NAMED,
    (State.NAMING, Answer.GO): State.STREAMING,
    (State.NAMING, Answer.CALL): State.STREAMING,
    (State.NAMING, Answer.NAK): State.NAMING,
    (State.NAMED, Answer.CALL): State.STREAMING,
    (State.NAMED, Answer.GO): State.STREAMING,
    (State.STREAMING, Answer.NAK): State.BROKEN,
    (State.CLOSING, Answer.ACK): State.DONE,
    (State.CLOSING, Answer.NAK): State.CLOSING,
    (State.CLOSING, Answer.TEXT): State.DONE,
    (State.CLOSING, Answer.QUIET): State.DONE,
}

# lrzsz rb calls for the next file a second after it has acknowledged the end of the last one.
_NEXT_CALL_S = 3.0

YMODEM = Dialect(
    name="ymodem",
    call=b"C",
    block_bytes=LONG_BYTES,
    table=_STOP_AND_WAIT,
    # U-Boot's loady acknowledges the name and calls for the data only after 4 s without any.
    patience_s={State.NAMED: 0.3, State.ENDED: _NEXT_CALL_S, State.CLOSING: 1.0},
)
# The last block of a stream is not acknowledged: a moment is left to refuse it, and no more.
YMODEM_G = Dialect(
    name="ymodem-g",
    call=b"G",
    block_bytes=LONG_BYTES,
    table=_STREAM,
    patience_s={State.ENDED: _NEXT_CALL_S, State.CLOSING: 0.05},
)
