"""A logical backup and its restore, killed in the middle and gone on with, in little memory."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.logical.contents import load_contents
from influx_pipelines.backups.logical.journal import NAME as JOURNAL
from influx_pipelines.backups.logical.journal import unfinished
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify.logical import verify_logical
from influx_pipelines.influx.client import Influx
from influx_pipelines.transfer.formats.lines import read
from influx_pipelines_tests.integration.backups.test_logical import HOUR, START, lines
from influx_pipelines_tests.logical import fill, taken

MEBIBYTES = 150
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")


def run(what: str, influx: Influx, folder: Path, *, kill_after: int = 0) -> float:
    """The peak of memory of a process of its own."""
    module = "influx_pipelines_tests.logical"
    more = [influx.url, influx.transport.token, influx.org, str(folder), str(kill_after)]
    done = subprocess.run(
        [sys.executable, "-m", module, what, *more], capture_output=True, text=True, check=False
    )
    if kill_after:
        assert done.returncode == -signal.SIGKILL, done.stderr
        return 0.0
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def rows(found: BackupSet, bucket: str) -> Iterator[bytes]:
    for window in load_contents(found.path).bucket(bucket).windows:
        rest = b""
        for block in read(found.path / window.file):
            *whole, rest = (rest + block).split(b"\n")
            yield from whole


def mark(found: Iterable[bytes]) -> tuple[int, int]:
    """How many, and a sum that is the same in any order."""
    count = total = 0
    for row in found:
        count += 1
        total += int.from_bytes(hashlib.blake2b(row, digest_size=16).digest())
    return count, total % 2**128


def round_trip(influx: Influx, folder: Path, points: int) -> None:
    influx.create_bucket("b", retention_seconds=0)
    fill(influx, "b", points)
    first = folder / "first"
    run("take", influx, first, kill_after=2)
    assert not first.exists()
    partial = folder / "first.partial"
    assert unfinished(folder, influx, datetime.now(UTC)) == partial
    inodes = {path.name: path.stat().st_ino for path in partial.rglob("*.lp.gz")}
    assert run("take", influx, first) <= MEBIBYTES
    kept = {path.name: path.stat().st_ino for path in first.rglob("*.lp.gz")}
    assert len(inodes) >= 2
    assert inodes.items() <= kept.items(), "finished windows were read again"
    assert verify_logical(first).damages == ()
    run("restore", influx, first, kill_after=2)
    assert run("restore", influx, first) <= MEBIBYTES
    second = taken(influx, folder / "second")
    there = mark(rows(open_set(first), "b"))
    assert there[0] == points
    assert there == mark(rows(second, "back"))


@LINUX
def test_killed_and_resumed_it_is_equal_row_for_row(influx: Influx, tmp_path: Path) -> None:
    round_trip(influx, tmp_path, 30_000)


@LINUX
@pytest.mark.proof
@pytest.mark.timeout(900)
def test_a_million_points_of_all_types_are_equal_row_for_row(
    influx: Influx, tmp_path: Path
) -> None:
    round_trip(influx, tmp_path, 1_000_000)


def half_done(influx: Influx, folder: Path) -> tuple[Path, list[bytes]]:
    """A backup that ended after two of five windows."""
    influx.create_bucket("b", retention_seconds=0)
    many = [b"m f=%d.0 %d\n" % (n, START + n * 200 * HOUR) for n in range(5)]
    influx.write_lines(b"".join(many), bucket="b")
    partial = folder / "set.partial"

    def stop(step: object) -> None:
        if len(list(partial.rglob("*.lp.gz"))) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taken(influx, folder / "set", stop)
    return partial, sorted(many)


def test_a_damaged_window_of_the_run_before_is_taken_again(influx: Influx, tmp_path: Path) -> None:
    """The machine lost its power: the journal knows of files that the disk never had."""
    partial, many = half_done(influx, tmp_path)
    first = sorted(partial.rglob("*.lp.gz"))[0]
    first.write_bytes(first.read_bytes()[:-9])
    with (partial / JOURNAL).open("ab") as file:
        file.write(b'{"bucket": "')  # the kill came while it was written
    (first.parent / "left.lp.gz.part").write_bytes(b"x")
    found = taken(influx, tmp_path / "set")
    assert lines(found, "b") == many
    assert verify_logical(found.path).damages == ()


def test_only_a_young_one_of_the_same_server_is_gone_on_with(
    influx: Influx, tmp_path: Path
) -> None:
    half_done(influx, tmp_path)
    now = datetime.now(UTC)
    assert unfinished(tmp_path, influx, now) is not None
    assert unfinished(tmp_path, influx, now + timedelta(days=2)) is None
    journal = tmp_path / "set.partial" / JOURNAL
    journal.write_text(journal.read_text().replace(influx.org_id, "0" * 16))
    assert unfinished(tmp_path, influx, now) is None


def test_a_restore_that_was_cut_off_sends_only_the_rest(influx: Influx, tmp_path: Path) -> None:
    influx.create_bucket("b", retention_seconds=0)
    many = [b"m f=%d.0 %d\n" % (n, START + n * 200 * HOUR) for n in range(5)]
    influx.write_lines(b"".join(many), bucket="b")
    found = taken(influx, tmp_path / "set")
    sent: list[str] = []

    def stop(step: object) -> None:
        sent.append(str(step))
        if len(sent) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_bucket(influx, found, "b", as_name="back", progress=stop)
    done = restore_bucket(influx, found, "b", as_name="back")
    assert (done.differences, done.refused, done.values) == ((), 0, 5)
    assert done.written == 3
