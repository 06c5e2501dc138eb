"""A download that breaks, wherever and however: a backup is the right one, or there is none."""

from __future__ import annotations

import gzip
import random
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from influx_pipelines.backups.errors import BackupError, BrokenDownload
from influx_pipelines.backups.progress import Step
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.errors import InfluxError, Unavailable
from influx_pipelines_tests.backups import FOLDER
from influx_pipelines_tests.nativebackups import is_what_is_served, take
from influx_pipelines_tests.services.native import EMPTY_TAR, Asked, NativeServer
from influx_pipelines_tests.services.nativefaults import Fault
from influx_pipelines_tests.tsm.files import tsm

METADATA = "/api/v2/backup/metadata"
SHARD = "/api/v2/backup/shards/{}"
KIB_64 = 64 << 10
KINDS = ("close", "reset", "end", "fail", "flip", "extra")


@pytest.fixture
def fake():
    with NativeServer(FOLDER / "2.9.1") as server:
        yield server


def breaks(path: str, fault: Fault, times: int = 99) -> Callable[[Asked, int], Fault | None]:
    """Breaks the first so many answers of a path."""
    left = [times]

    def one(asked: Asked, number: int) -> Fault | None:
        if asked.path != path or not left[0]:
            return None
        left[0] -= 1
        return fault

    return one


def outcome(fake: NativeServer, folder: Path) -> str:
    """`good` for the right backup, `none` when there is none; anything else is a failure."""
    try:
        take(fake, folder)
    except (BackupError, InfluxError) as error:
        assert error.retryable
        assert not list(folder.parent.glob(f"{folder.name}*"))
        return "none"
    assert verify(folder).damages == ()
    assert is_what_is_served(fake, folder)
    return "good"


def survives(fake: NativeServer, tmp_path: Path, path: str, fault: Fault) -> None:
    """A fault that goes away is survived, one that stays leaves no backup."""
    fake.break_answer = breaks(path, fault, times=2)
    assert outcome(fake, tmp_path / "a") == "good", fault
    shutil.rmtree(tmp_path / "a")
    fake.break_answer = breaks(path, fault)
    assert outcome(fake, tmp_path / "a") == "none", fault


@pytest.mark.parametrize("kind", KINDS)
def test_a_shard_may_break_at_any_byte(fake, tmp_path, kind):
    """At byte 0, in the CRC of the gzip, and where only the last chunk is missing.

    `fail` ends the answer in good order: status 200, a right gzip, half of the archive.
    """
    packed = next((FOLDER / "2.9.1").glob("*.3.tar.gz")).read_bytes()
    ends = {"fail": (0, 512, 2048, 3072, 4095), "extra": (1, 2000), "close": (0, len(packed))}
    for at in ends.get(kind, (0, 200, len(packed) - 8, len(packed) - 1)):
        survives(fake, tmp_path, SHARD.format(3), Fault(kind, at))


@pytest.mark.parametrize("kind", KINDS)
def test_the_metadata_may_break_at_any_byte(fake, tmp_path, kind):
    """Between its parts, too."""
    between = len(fake.kv) + 200
    for at in {"fail": (0, between, 195_000), "extra": (1,)}.get(kind, (0, 5_000)):
        survives(fake, tmp_path, METADATA, Fault(kind, at))


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_a_large_shard_may_break_at_every_64_kib(fake, tmp_path, kind):
    fake.shards[2] = tar = large_archive()
    fake.packed[tar] = packed = gzip.compress(tar, 6, mtime=0)
    body = tar if kind == "fail" else packed
    assert len(body) > 50 * KIB_64
    for at in range(KIB_64 if kind == "extra" else 0, len(body), KIB_64):
        survives(fake, tmp_path, SHARD.format(2), Fault(kind, at))


def large_archive() -> bytes:
    """Another shard 2 of the bucket two-shards: numbers that gzip cannot make smaller."""
    picked = random.Random(1)
    first = 1_579_000_000 * 10**9
    values = [(first + n * 10**9, picked.random()) for n in range(5_000)]
    columns = {b"m,host=%d#!~#v" % n: ("float", values) for n in range(100)}
    return archive(tsm(columns))


def archive(content: bytes) -> bytes:
    header = tarfile.TarInfo("3bad7f219c5a0efa/autogen/2/000000001-000000001.tsm")
    header.size = len(content)
    return header.tobuf() + content + bytes(-len(content) % 512) + EMPTY_TAR


@pytest.mark.parametrize("status", [500, 503])
def test_an_error_of_the_server_is_tried_again(fake, tmp_path, status):
    fake.break_answer = breaks(SHARD.format(3), Fault("status", status), times=2)
    assert outcome(fake, tmp_path / "a") == "good"
    fake.break_answer = breaks(METADATA, Fault("status", status))
    with pytest.raises(Unavailable, match="broken on purpose"):
        take(fake, tmp_path / "b")


def test_a_server_that_starts_again_meanwhile_is_waited_for(fake, tmp_path):
    fake.break_answer = breaks(SHARD.format(3), Fault("restart", 200, seconds=0.3), times=1)
    assert outcome(fake, tmp_path / "a") == "good"


def test_a_server_that_stays_away_ends_the_backup(fake, tmp_path):
    fake.break_answer = breaks(SHARD.format(3), Fault("restart", 200, seconds=5))
    assert outcome(fake, tmp_path / "a") == "none"


def test_an_answer_that_stops_coming_is_given_up(fake, tmp_path):
    fake.break_answer = breaks(SHARD.format(3), Fault("stall", 200, seconds=0.5))
    with pytest.raises(Unavailable):
        take(fake, tmp_path / "a", patience=0.1)
    assert not list(tmp_path.iterdir())


def test_one_shard_that_fails_for_good_ends_the_others(fake, tmp_path):
    fake.break_answer = breaks(SHARD.format(1), Fault("end", 100))
    with pytest.raises(BrokenDownload, match="shard 1 of two-shards"):
        take(fake, tmp_path / "a", parallel=1)
    assert not any(asked.path == SHARD.format(3) for asked in fake.asked)


def test_a_cancelled_backup_leaves_nothing_and_waits_for_no_byte(fake, tmp_path):
    """Threads that nobody waited for made their files in the folder that had just been removed."""

    def stall(asked: Asked, number: int) -> Fault | None:
        is_slow = asked.path in (SHARD.format(1), SHARD.format(2))
        return Fault("stall", 200, seconds=5) if is_slow else None

    def cancel(step: Step) -> None:
        if step.done > 1:
            raise KeyboardInterrupt

    fake.break_answer = stall
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        take(fake, tmp_path / "a", progress=cancel)
    assert time.monotonic() - began < 4
    assert not list(tmp_path.iterdir())


def test_a_disk_that_gets_full_ends_the_backup_and_keeps_nothing(fake, tmp_path):
    """No file of the child may grow over 100,000 bytes, as on a disk with that little left."""
    fake.shards[2] = archive(random.Random(1).randbytes(300_000))
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from influx_pipelines.backups.errors import NoSpace\n"
        "from influx_pipelines_tests.nativebackups import take_from\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: take_from(sys.argv[1], Path(sys.argv[2]))\n"
        "except NoSpace as error: sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", program, fake.url, str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "is full, or a quota is" in done.stderr
    assert not list(tmp_path.iterdir())
