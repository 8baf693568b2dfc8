"""The pump: it waits for nobody for ever, and whoever stops it leaves no receiver waiting."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from hil.errors import FlashFault, LinkClosed, LinkStuck
from hil.flash.pump import Way, send_image
from hil.interfaces import Progress
from hil.protocols.transfer import Dialect, Sender
from hil.protocols.xmodem import XMODEM, XMODEM_1K
from hil.protocols.ymodem import YMODEM, YMODEM_G
from tests.support.receiver import Ending, Receiver

IMAGE = bytes(n % 251 for n in range(10_000))
ALL = [XMODEM, XMODEM_1K, YMODEM, YMODEM_G]
BAUD = 115200


@dataclass
class Hands:
    """A clock that stands still until somebody waits."""

    now_s: float = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.now_s, UTC)

    def pause(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class Cable:
    """A line to ``answer``, which is told what was said and answers ``after_s``."""

    clock: Hands
    answer: Callable[[bytes], bytes]
    after_s: float = 0.01
    waiting: bytes = b""
    said: bytes = b""
    reads: list[float] = field(default_factory=list)

    def read(self, deadline: float) -> bytes:
        self.reads.append(max(0.0, deadline - self.clock.now_s))
        heard, self.waiting = self.waiting, b""
        if heard:
            self.clock.now_s += self.after_s
        else:
            self.clock.now_s = max(self.clock.now_s, deadline)
        return heard

    def write(self, data: bytes, deadline: float) -> None:
        assert deadline > self.clock.now_s
        self.said += data
        self.waiting += self.answer(data)


def a_way(clock: Hands, *, timeout_s: float = 60.0, progress: Progress | None = None) -> Way:
    return Way(
        rig="bench-1",
        clock=clock,
        baud=BAUD,
        began_s=clock.now_s,
        timeout_s=timeout_s,
        progress=progress or (lambda _phase, _share: None),
    )


def a_cable_to(receiver: Receiver) -> Cable:
    return Cable(Hands(), receiver.receive, waiting=receiver.call)


def a_receiver(dialect: Dialect, ending: Ending = Ending.ASKS) -> Receiver:
    return Receiver(dialect.call, has_names=dialect in (YMODEM, YMODEM_G), ending=ending)


def pump(dialect: Dialect, cable: Cable, **how: object) -> Sender:
    return send_image(IMAGE, dialect, cable, a_way(cable.clock, **how))  # type: ignore[arg-type]


def fails(dialect: Dialect, cable: Cable, *, within_s: float = 60.0) -> FlashFault:
    began_s = cable.clock.now_s
    with pytest.raises(FlashFault) as raised:
        pump(dialect, cable, timeout_s=within_s)
    assert cable.clock.now_s <= began_s + within_s + 0.1
    assert cable.said.endswith(b"\x18" * 8)
    return raised.value


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_an_image_is_brought_to_a_receiver_without_a_wait_that_nobody_ends(
    dialect: Dialect,
) -> None:
    cable = a_cable_to(receiver := a_receiver(dialect))
    sender = pump(dialect, cable)
    assert receiver.got.startswith(IMAGE)
    assert sender.sent_bytes == len(IMAGE)
    assert cable.clock.now_s - 100.0 <= 0.01 * len(cable.reads) + 1e-6


def test_a_stream_looks_for_a_cancel_between_blocks_and_never_waits_there() -> None:
    cable = a_cable_to(a_receiver(YMODEM_G))
    pump(YMODEM_G, cable)
    blocks = -(-len(IMAGE) // 1024)
    assert [wait for wait in cable.reads if wait == 0.0] == [0.0] * blocks


def test_a_receiver_that_never_confirms_that_there_is_no_more_costs_a_second() -> None:
    cable = a_cable_to(a_receiver(YMODEM, Ending.KEEPS_QUIET))
    pump(YMODEM, cable)
    assert 1.0 <= cable.clock.now_s - 100.0 <= 1.3


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_a_receiver_that_never_says_a_word_is_not_waited_for_long(dialect: Dialect) -> None:
    fault = fails(dialect, Cable(Hands(), lambda _: b""), within_s=11.0)
    assert (fault.code, fault.phase) == ("FLASH_CONNECT", "connect")
    assert fault.duration_s == pytest.approx(10.0)


@pytest.mark.parametrize("dialect", [XMODEM, XMODEM_1K, YMODEM], ids=lambda one: one.name)
def test_a_receiver_that_falls_silent_fails_the_transfer_with_how_far_it_came(
    dialect: Dialect,
) -> None:
    receiver = a_receiver(dialect)
    cable = a_cable_to(receiver)
    cable.answer = lambda said: receiver.receive(said) if receiver.blocks < 3 else b""
    fault = fails(dialect, cable)
    assert (fault.code, fault.phase) == ("FLASH_TRANSFER", "transfer")
    assert fault.sent_bytes == len(receiver.got)
    assert f"while sending after {len(receiver.got)} of 10000 bytes" in fault.message


@dataclass
class Babble(Cable):
    """A receiver that says the same word five times a second, whatever it hears."""

    word: bytes = b""

    def read(self, deadline: float) -> bytes:
        self.reads.append(deadline)
        self.clock.now_s += 0.2
        heard, self.waiting = self.waiting or self.word, b""
        return heard


@pytest.mark.parametrize("word", [b"C", b"G", b"x", b"\x06C", b"G\x06", b"\x15"])
@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_a_receiver_that_babbles_is_left_at_the_deadline(dialect: Dialect, word: bytes) -> None:
    cable = Babble(Hands(), lambda _: b"", waiting=dialect.call, word=word)
    with suppress(FlashFault):  # it may also take its own words for a transfer
        pump(dialect, cable, timeout_s=30.0)
    assert cable.clock.now_s <= 130.5
    assert len(cable.said) <= 12 * (len(IMAGE) * 2 + 4000)


def test_a_receiver_that_refuses_everything_is_given_up() -> None:
    fault = fails(XMODEM, Cable(Hands(), lambda _: b"\x15", waiting=b"C"))
    assert fault.code == "FLASH_TRANSFER"
    assert "out of retries after 0 of 10000 bytes (10 blocks sent again)" in fault.message


def test_a_line_that_takes_nothing_more_ends_the_flash() -> None:
    cable = a_cable_to(a_receiver(YMODEM_G))

    def stuck(data: bytes, deadline: float) -> None:
        if len(cable.said) > 3000 and data[:1] == b"\x02":
            cable.clock.now_s = deadline
            raise LinkStuck("bench-1", "/dev/ttyUSB0")
        Cable.write(cable, data, deadline)

    cable.write = stuck  # type: ignore[method-assign]
    fault = fails(YMODEM_G, cable)
    assert (fault.code, fault.phase) == ("FLASH_TRANSFER", "transfer")
    assert "the line takes nothing more while streaming" in fault.message


@dataclass
class SlowCable(Cable):
    """A line that takes everything at once and carries it at its own speed."""

    carried_at_s: float = 100.0

    def read(self, deadline: float) -> bytes:
        if self.waiting and self.carried_at_s <= deadline:
            self.clock.now_s = max(self.clock.now_s, self.carried_at_s)
            heard, self.waiting = self.waiting, b""
            return heard
        self.clock.now_s = max(self.clock.now_s, deadline)
        return b""

    def write(self, data: bytes, deadline: float) -> None:
        self.carried_at_s = max(self.carried_at_s, self.clock.now_s) + len(data) * 10 / BAUD
        super().write(data, deadline)


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_what_the_line_still_carries_is_not_taken_for_silence(dialect: Dialect) -> None:
    receiver, clock = a_receiver(dialect), Hands()
    cable = SlowCable(clock, receiver.receive, waiting=receiver.call)
    way = replace(a_way(clock), silence_s=0.05)  # a block of 1024 bytes takes 0.09 s
    assert send_image(IMAGE, dialect, cable, way).sent_bytes == len(IMAGE)
    assert clock.now_s == pytest.approx(100.0 + len(cable.said) * 10 / BAUD, abs=0.06)


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.name)
def test_whoever_stops_the_pump_leaves_no_receiver_that_waits(dialect: Dialect) -> None:
    def stop(_phase: str, share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    receiver = a_receiver(dialect)
    cable = a_cable_to(receiver)
    with pytest.raises(KeyboardInterrupt):
        pump(dialect, cable, progress=stop)
    assert receiver.failed
    assert cable.said.endswith(b"\x18" * 8)


def test_a_line_that_is_gone_says_so_though_nothing_can_be_cancelled() -> None:
    cable = a_cable_to(a_receiver(XMODEM))

    def gone(data: bytes, deadline: float) -> None:
        raise LinkClosed("bench-1", "/dev/ttyUSB0", "unplugged")

    cable.write = gone  # type: ignore[method-assign]
    with pytest.raises(LinkClosed, match="unplugged"):
        pump(XMODEM, cable)
