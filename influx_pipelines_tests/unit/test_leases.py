"""One holder at a time, with real processes that are killed, stopped, and race."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines import holders, leases
from influx_pipelines.leases import LeaseBusy, LeaseLost, lease

SHORT = timedelta(seconds=0.8)
HOLD = """
import sys, time
from datetime import timedelta
from pathlib import Path
from influx_pipelines import holders
from influx_pipelines.leases import LeaseLost, lease
if sys.argv[2]:
    holders.machine = lambda: sys.argv[2]
with lease(Path(sys.argv[1]), what="a test", ttl=timedelta(seconds=0.8)) as held:
    print("held", flush=True)
    for _ in range(300):
        time.sleep(0.05)
        try:
            held.check()
        except LeaseLost:
            print("lost", flush=True)
            raise
"""
COUNT = """
import sys, time
from datetime import timedelta
from pathlib import Path
from influx_pipelines.leases import lease
path, count = Path(sys.argv[1]), Path(sys.argv[2])
while not Path(sys.argv[3]).exists():
    time.sleep(0.001)
for _ in range(25):
    with lease(path, what="counting", wait=timedelta(seconds=60)):
        before = int(count.read_text())
        time.sleep(0.0005)
        count.write_text(str(before + 1))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shared" / "lease"


@contextmanager
def holding(path: Path, machine: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lease, here or, as far as others can see, on another machine."""
    command = [sys.executable, "-c", HOLD, str(path), machine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
        assert p.stdout is not None
        assert p.stdout.readline() == "held\n"
        try:
            yield p
        finally:
            if p.poll() is None:
                p.kill()


def test_a_second_one_is_told_who_holds_it_and_gets_it_afterwards(path: Path) -> None:
    by_us = f"backup, process {os.getpid()}"
    with lease(path, what="backup"), pytest.raises(LeaseBusy, match=by_us):
        path.with_name("other files").touch()
        with lease(path, what="retention"):
            pytest.fail("both hold it")
    with lease(path, what="retention") as held:
        held.check()
    assert {file.name for file in path.parent.iterdir()} == {"lease.2.free", "other files"}


def test_a_holder_that_waits_gets_it_when_it_is_given_back(path: Path) -> None:
    order = []

    def wait() -> None:
        with lease(path, what="waiting", wait=timedelta(seconds=20)):
            order.append("second")

    with lease(path, what="backup"):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_the_lease_of_a_killed_process_is_taken_at_once(path: Path) -> None:
    with holding(path) as process:
        with pytest.raises(LeaseBusy), lease(path, what="backup"):
            pytest.fail("both hold it")
        process.send_signal(signal.SIGKILL)
        while holders.start_of(process.pid):  # nobody waited for it yet: it is a zombie
            time.sleep(0.005)
        with lease(path, what="backup") as held:
            held.check()


def test_a_process_that_has_the_number_of_a_dead_one_is_not_taken_for_it(path: Path) -> None:
    dead = replace(holders.Holder.here("backup", leases.TTL), started="1")
    path.parent.mkdir()
    path.with_name("lease.1").write_bytes(dead.dump())
    with lease(path, what="backup") as held:
        assert held.number == 2


def test_a_stopped_process_of_this_machine_keeps_it(path: Path) -> None:
    with holding(path) as process:
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.5 * SHORT.total_seconds())
        with pytest.raises(LeaseBusy), lease(path, what="backup", ttl=SHORT):
            pytest.fail("both hold it")


def test_one_elsewhere_that_stalls_past_its_time_loses_it_and_notices(path: Path) -> None:
    with holding(path, machine="elsewhere") as process:
        process.send_signal(signal.SIGSTOP)
        with lease(path, what="backup", ttl=SHORT) as held:
            process.send_signal(signal.SIGCONT)
            assert process.stdout is not None
            assert process.stdout.readline() == "lost\n"
            held.check()
        assert "gave no sign of life" in process.communicate()[1]


def test_one_elsewhere_that_is_killed_is_given_up_after_its_time(path: Path) -> None:
    with holding(path, machine="elsewhere") as process:
        process.kill()
        start = time.monotonic()
        with lease(path, what="backup", ttl=SHORT):
            assert time.monotonic() - start >= SHORT.total_seconds()


@pytest.mark.parametrize("jump", [-400 * 86400.0, 400 * 86400.0])
def test_a_clock_that_jumps_takes_it_from_nobody(
    path: Path, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times of files come from the clock of whoever keeps the folder: they are never compared."""
    real, moved = os.utime, time.time() + jump
    monkeypatch.setattr(os, "utime", lambda file: real(file, (moved, moved + time.monotonic())))
    with lease(path, what="backup", ttl=3 * SHORT) as held:
        monkeypatch.setattr(holders, "machine", lambda: "elsewhere")
        with pytest.raises(LeaseBusy), lease(path, what="retention"):
            pytest.fail("both hold it")
        held.check()


def test_processes_that_race_hold_it_one_after_the_other(path: Path, tmp_path: Path) -> None:
    """Also for the lease of a dead one, which whoever looked too slowly does not take again."""
    with holding(path) as dead:
        dead.kill()
    count, go = tmp_path / "count", tmp_path / "go"
    count.write_text("0")
    command = [sys.executable, "-c", COUNT, str(path), str(count), str(go)]
    racing = [subprocess.Popen(command) for _ in range(4)]
    go.touch()
    assert [process.wait() for process in racing] == [0] * 4
    assert count.read_text() == "100"


def test_the_number_of_one_that_was_given_up_is_never_used_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who judged a lease and slept must not take it over from the ones that held it since."""
    with holding(path) as process:
        process.kill()
    stale: list[bool] = []
    claim = leases._claim

    def late(file: Path, number: int, me: holders.Holder) -> bool:
        monkeypatch.setattr(leases, "_claim", claim)
        with lease(path, what="faster"):
            pass
        with lease(path, what="and one more"):
            stale.append(claim(file, number, me))
        return stale[0]

    monkeypatch.setattr(leases, "_claim", late)
    with lease(path, what="slow"):
        assert stale == [False]


def test_a_torn_file_is_waited_for_as_long_as_for_one_elsewhere(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process was killed between the making of its file and the writing of its name."""
    path.parent.mkdir()
    path.with_name("lease.7").touch()
    monkeypatch.setattr(leases, "TTL", SHORT)
    start = time.monotonic()
    with lease(path, what="backup", ttl=SHORT) as held:
        assert held.number == 8
        assert time.monotonic() - start >= SHORT.total_seconds()


def test_a_lease_whose_file_is_removed_is_lost(path: Path) -> None:
    with pytest.raises(LeaseLost), lease(path, what="backup") as held:
        path.with_name("lease.1").unlink()
        held.check()


def test_on_a_full_disk_nothing_is_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"), lease(path, what="backup"):
        pytest.fail("held without a name in the file")
    monkeypatch.undo()
    with lease(path, what="backup") as held:
        held.check()
