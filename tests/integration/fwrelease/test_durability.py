"""A killed command leaves the old or the new state; writers at the same time lose nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.release import Shop, a_shop, an_evidence, image_bytes, write_statement

PROGRAM = (
    sys.executable,
    "-c",
    "import sys; from fwrelease.cli.main import main; sys.exit(main())",
)
VERSIONS = tuple(f"1.{minor}.0" for minor in range(1, 9))


def start(shop: Shop, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, "-w", str(shop.root), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def write_image(shop: Shop, version: str) -> Path:
    path = shop.root.parent / f"{version}.bin"
    path.write_bytes(image_bytes(version))
    return path


def add_words(shop: Shop, version: str) -> tuple[object, ...]:
    return ("build", "add", version, "--image", f"nano-v2={write_image(shop, version)}")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX signal")
def test_a_command_killed_at_any_moment_leaves_a_ledger_that_holds(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    shop.add_build("1.1.0")
    chance = random.Random(7)
    evidence = [
        write_statement(tmp_path / f"{index}.json", an_evidence(campaign=str(index)))
        for index in range(4)
    ]
    commands = [
        *(add_words(shop, f"2.0.{patch}") for patch in range(4)),
        *(("evidence", "add", path) for path in evidence),
        *(("gate", "check", "1.1.0", "--context", f"ring:{index}") for index in range(4)),
    ]
    chance.shuffle(commands)
    whole_s = _time_one(shop)
    for words in commands:
        before = shop.ask("audit", "log")["events"]
        process = start(shop, *words)
        _kill_after(process, chance.uniform(0.3, 1.05) * whole_s)
        assert shop.run("audit", "verify").code == 0
        events = shop.ask("audit", "log")["events"]
        assert events[: len(before)] == before
        assert len(events) - len(before) in {0, 1}
        assert shop.run(*words).code in {0, 3}
    assert shop.run("audit", "verify").code == 0
    assert len(shop.ask("build", "list")["builds"]) == 6


def _time_one(shop: Shop) -> float:
    """Return about how long one command takes on this machine, start-up included."""
    begun = os.times().elapsed
    process = start(shop, *add_words(shop, "1.9.9"))
    process.communicate()
    assert process.returncode == 0
    return os.times().elapsed - begun


def _kill_after(process: subprocess.Popen[bytes], delay_s: float) -> None:
    timer = threading.Timer(delay_s, process.send_signal, (signal.SIGKILL,))
    timer.start()
    process.communicate()
    timer.cancel()


def test_eight_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    writers = [start(shop, *add_words(shop, version)) for version in VERSIONS]
    for writer in writers:
        _, err = writer.communicate()
        assert writer.returncode == 0, err
    assert sorted(build["version"] for build in shop.ask("build", "list")["builds"]) == sorted(
        VERSIONS
    )
    verified = shop.ask("audit", "verify")
    assert verified["holds"], verified
    assert verified["events"] == len(VERSIONS)


def test_eight_writers_of_the_same_build_register_it_once(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    words = add_words(shop, "1.1.0")
    writers = [start(shop, *words, "--format", "json") for _ in VERSIONS]
    answers = [json.loads(writer.communicate()[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * len(VERSIONS)
    assert all(answer == answers[0] for answer in answers)
    assert shop.ask("audit", "verify")["events"] == 1
