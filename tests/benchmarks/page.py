"""Page: ``docs/benchmarks.md``, written from a report and from nothing else."""

from collections.abc import Iterable, Sequence

from tests.benchmarks.idle import Idling
from tests.benchmarks.latency import Delay
from tests.benchmarks.report import Origin, Report
from tests.benchmarks.sample import Sample
from tests.benchmarks.throughput import OURS, Passage
from tests.benchmarks.transfer import Efficiency

BIG_PIECES_MB_PER_S, SMALL_PIECES_MB_PER_S = 30.0, 5.0
LATENCY_MS = 5.0
IDLE_PERCENT = 3.0
STREAM_EFFICIENCY = 0.95
_SMALL_BYTES = 16
_NOTHING = "not measured"

_HEAD = """\
# Benchmarks

What a console, an idle rig and a file transfer cost here, beside a bare pyserial loop and the
packages [`xmodem`](https://pypi.org/project/xmodem/) and
[`ymodem`](https://pypi.org/project/ymodem/), measured in the same run.

    nox -s benchmarks                 # everything, printed: about twelve minutes
    nox -s benchmarks -- --quick      # smaller, one round each: a few minutes
    nox -s benchmarks -- --only idle --only latency
    nox -s benchmarks -- --write      # everything, into docs/benchmarks.json and this page

This page is made from [`benchmarks.json`](benchmarks.json) by `tests/benchmarks/page.py`; a test
fails where the two part. Figures are medians, [..] is the least and the most of the rounds. A pty
is not a UART: it loses nothing and has no baud. CPU seconds and ratios to the bare loop hold better
than wall times, which are those of the machine below.
"""

_THROUGHPUT = """\
## Console throughput

A board process writes a log into a pty, in big pieces (64 KiB; one read of a pty gives 4 KiB at
most) or in pieces of 16 bytes. Ours is the line with its reader, the transcript on disk with the
time of each piece, twenty detectors armed, and an `expect` for the last words; the file is compared
byte for byte afterwards. Time runs from the board's first write to the return of `expect`. "Nobody"
reads and throws away: the most that this writer, in plain Python, and this pty can do; where ours
comes near it, the writer is what was measured, and the CPU column says more. Pieces that come while
a reader works are read as one; "every piece by itself" feeds the transcript without a port, so that
none are. MB are 10^6 bytes.
"""

_LATENCY = """\
## From the board's word to the test

The board writes its monotonic time into each line; the harness takes its own when `expect` returns.
The lines come 5 to 25 ms after one another, so nobody is awake already.
"""

_IDLE = """\
## Idle rigs

CPU time of the process while nothing happens, as percent of one core.
"""

_TRANSFER = """\
## File transfer on a paced line

Efficiency is payload bytes per second over baud / 10: steady state (the middle 80 % of the wire
bytes), in ( ) the whole transfer, from the receiver's first request to its last answer, and in [ ]
the limit. The image is random, and what arrived is compared byte for byte.

**The model** (`tests/benchmarks/wire.py`, moved by a relay process between a pty and the receiver):

- host to board: 10 bits a byte, each byte after the one before it; no other delay. The adapter and
  its driver take 4 KiB, then the pty's own buffer fills and a write blocks.
- board to host: the same pacing; then the adapter holds what came until its latency timer has run
  from the first byte held, or until 62 bytes are there. For a lone ACK that is the worst case: real
  chips with a free-running timer are somewhat better. Compare figures only under one model.
- stop and wait: `T = (payload + 5 + 1) * 10 / baud + latency`, `limit = payload * 10 / baud / T`;
  a stream: `payload / (payload + 5)`. What is missing to it is the turnaround of both ends, here
  with the relay's wake-ups.

The receiver is `tests/benchmarks/receiver.py`, which answers at once, confirms the end of a YMODEM
file as the specification has it (NAK to the first EOT) and shares no line with our sender.
"""

_LRZSZ = """\
Our senders to lrzsz's `rx` and `rb`, which nobody here wrote. They wait one or two seconds before
their last answers, whatever the size; compare the steady state. They cannot ask for a stream.
"""


def render(report: Report) -> str:
    """Return the whole page."""
    return (
        "\n".join(
            [
                _HEAD,
                _goals(report),
                _origin(report.origin),
                _THROUGHPUT,
                _throughput(report.throughput),
                _LATENCY,
                _latency(report.latency),
                _IDLE,
                _idle(report.idle),
                _TRANSFER,
                _transfer([each for each in report.transfer if each.receiver == "python"]),
                _LRZSZ,
                _transfer([each for each in report.transfer if each.receiver != "python"]),
            ]
        ).rstrip()
        + "\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _range(sample: Sample, digits: int, scale: float = 1.0) -> str:
    median, least, most = (
        f"{value * scale:.{digits}f}" for value in (sample.median, sample.least, sample.most)
    )
    return median if sample.rounds == 1 else f"{median} [{least}-{most}]"


def _goals(report: Report) -> str:
    mine = [each for each in report.throughput if each.who == OURS]
    small = [each.mb_per_s.median for each in mine if each.piece_bytes == _SMALL_BYTES]
    big = [each.mb_per_s.median for each in mine if each.piece_bytes != _SMALL_BYTES]
    late = [each.median_ms for each in report.latency if _is_ours(each.who)]
    idle = [each.percent_of_a_core.median for each in report.idle if _is_ours(each.who)]
    stream = [
        min(each.steady.median, each.whole.median)
        for each in report.transfer
        if each.protocol == "ymodem-g"
    ]
    rows = [
        ("10 MB log, big pieces", f"≥ {BIG_PIECES_MB_PER_S:g} MB/s", _least(big, "{:.1f} MB/s")),
        ("in 16-byte pieces", f"≥ {SMALL_PIECES_MB_PER_S:g} MB/s", _least(small, "{:.1f} MB/s")),
        ("line to `expect`", f"< {LATENCY_MS:g} ms", _most(late, "{:.2f} ms")),
        ("8 idle rigs", f"≤ {IDLE_PERCENT:g} % of a core", _most(idle, "{:.2f} %")),
        (
            "YMODEM-g, whole and steady, in the worst cell",
            f"≥ {STREAM_EFFICIENCY * 100:g} %",
            _percent(min(stream)) if stream else _NOTHING,
        ),
    ]
    return _table(["what", "goal", "measured"], rows)


def _is_ours(who: str) -> bool:
    return who.startswith("ours")


def _least(values: Sequence[float], form: str) -> str:
    return form.format(min(values)) if values else _NOTHING


def _most(values: Sequence[float], form: str) -> str:
    return form.format(max(values)) if values else _NOTHING


def _origin(origin: Origin) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in origin.packages.items())
    before, after = origin.load
    return (
        f"Measured {origin.date} at commit `{origin.commit}` by `{origin.command}`: "
        f"{origin.cores} cores, kernel {origin.kernel}, Python {origin.python}, {packages}; load "
        f"average {before:g} before, {after:g} after.\n"
    )


def _throughput(passages: Sequence[Passage]) -> str:
    return _table(
        ["reader", "pieces", "log MB", "MB/s", "CPU s per MB"],
        [
            (
                each.who,
                f"{each.piece_bytes:,} B",
                f"{each.size_bytes / 1e6:g}",
                _range(each.mb_per_s, 2 if each.mb_per_s.median < 1 else 1),
                _range(each.cpu_s_per_mb, 4),
            )
            for each in passages
        ],
    )


def _latency(delays: Sequence[Delay]) -> str:
    return _table(
        ["waiter", "waits for", "lines", "median ms", "95 % below, ms", "most ms"],
        [
            (
                each.who,
                each.waited_for,
                str(each.lines),
                f"{each.median_ms:.2f}",
                f"{each.p95_ms:.2f}",
                f"{each.most_ms:.2f}",
            )
            for each in delays
        ],
    )


def _idle(kinds: Sequence[Idling]) -> str:
    return _table(
        ["rigs", "how many", "for", "percent of a core"],
        [
            (each.who, str(each.rigs), f"{each.seconds:g} s", _range(each.percent_of_a_core, 2))
            for each in kinds
        ],
    )


def _transfer(cells: Sequence[Efficiency]) -> str:
    lines = sorted({(each.baud, each.latency_ms) for each in cells})
    rows: dict[tuple[str, str, int], dict[tuple[int, float], str]] = {}
    for each in cells:
        row = rows.setdefault((each.who, each.protocol, each.block_bytes), {})
        row[each.baud, each.latency_ms] = _efficiency(each)
    sizes = {each.baud: each.size_bytes for each in cells}
    return _table(
        ["sender", "protocol", "block", *(_line(sizes, *line) for line in lines)],
        [
            (who, protocol, f"{block} B", *(row.get(line, "") for line in lines))
            for (who, protocol, block), row in rows.items()
        ],
    )


def _line(sizes: dict[int, int], baud: int, latency_ms: float) -> str:
    return f"{baud} baud, {latency_ms:g} ms ({sizes[baud] // 1024} KiB)"


def _efficiency(cell: Efficiency) -> str:
    steady = _range(cell.steady, 1, scale=100)
    return f"{steady} % ({_percent(cell.whole.median)}) [{_percent(cell.limit)}]"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
