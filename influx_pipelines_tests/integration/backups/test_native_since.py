"""Unchanged shards are hard links to the backup before; every backup is whole by itself."""

from __future__ import annotations

import io
import os
import tarfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import FOLDER
from influx_pipelines_tests.nativebackups import NIGHT, is_what_is_served, take
from influx_pipelines_tests.services.native import EMPTY_TAR, NativeServer
from influx_pipelines_tests.services.nativefaults import Fault
from influx_pipelines_tests.tsm.files import tsm

DAY = timedelta(days=1)


@pytest.fixture
def fake():
    with NativeServer(FOLDER / "2.9.1") as server:
        server.now = NIGHT
        yield server


@pytest.fixture
def first(fake, tmp_path) -> BackupSet:
    return taken(fake, tmp_path / "first", None)


def taken(fake: NativeServer, folder: Path, previous: BackupSet | None) -> BackupSet:
    take(fake, folder, previous=previous)
    assert is_what_is_served(fake, folder)
    assert verify(folder).damages == ()
    fake.now += DAY
    fake.asked.clear()
    return open_set(folder)


def linked(backup: BackupSet) -> set[str]:
    assert backup.record is not None
    return {file.name.split(".")[1] for file in backup.record.files if file.linked}


def touched(tar: bytes, when: float) -> bytes:
    """An archive whose first file was changed at a time; its content is the same."""
    made = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(tar)) as old, tarfile.open(fileobj=made, mode="w") as new:
        for n, file in enumerate(old):
            content = old.extractfile(file)
            file.mtime = int(when) if n == 0 else file.mtime
            new.addfile(file, content)
        length = new.offset
    return made.getvalue()[:length] + EMPTY_TAR


def with_a_second_file(tar: bytes, written: datetime = NIGHT - DAY) -> bytes:
    """The archive of shard 1 with points that were written into it later."""
    content = tsm({b"late#!~#v": ("float", [(1_577_900_000 * 10**9, 1.0)])})
    header = tarfile.TarInfo("3bad7f219c5a0efa/autogen/1/000000002-000000001.tsm")
    header.size, header.mtime = len(content), int(written.timestamp())
    file = header.tobuf() + content + bytes(-len(content) % 512)
    return tar[: -len(EMPTY_TAR)] + file + EMPTY_TAR


def test_unchanged_shards_are_one_file_on_the_disk(fake, first, tmp_path):
    take(fake, tmp_path / "second", previous=first)
    second = open_set(tmp_path / "second")
    assert linked(second) == {"1", "2", "3"}
    assert is_what_is_served(fake, second.path)
    assert (second.record.full, second.record.previous) == (False, "first")
    assert [b.values for b in second.record.buckets] == [b.values for b in first.record.buckets]
    for id in "123":
        old, new = (next(one.path.glob(f"*.{id}.tar.gz")) for one in (first, second))
        assert old.samefile(new)
        assert old.name != new.name
    assert {asked.params.get("since") for asked in fake.asked if "shards" in asked.path} == {
        None, "2026-11-24T15:59:05Z",
    }  # fmt: skip


def test_links_go_on_from_backup_to_backup_and_outlive_the_first(fake, first, tmp_path):
    second = taken(fake, tmp_path / "second", first)
    for file in first.path.iterdir():
        file.unlink()
    third = taken(fake, tmp_path / "third", second)
    assert linked(third) == {"1", "2", "3"}
    assert {path.stat().st_nlink for path in third.path.glob("*.tar.gz")} == {2}


def test_a_shard_with_a_younger_file_is_downloaded_anew(fake, first, tmp_path):
    fake.shards[1] = touched(fake.shards[1], (NIGHT + timedelta(hours=1)).timestamp())
    assert linked(taken(fake, tmp_path / "second", first)) == {"2", "3"}


def test_an_answer_that_breaks_off_says_not_that_nothing_changed(fake, first, tmp_path):
    fake.shards[1] = with_a_second_file(fake.shards[1], NIGHT + timedelta(hours=1))
    fake.break_answer = lambda asked, _: Fault("fail", 0) if "since" in asked.params else None
    assert linked(taken(fake, tmp_path / "second", first)) == {"2", "3"}


def test_a_file_that_changed_while_the_last_backup_ran_is_looked_for(fake, tmp_path):
    """The clock is told in whole seconds: within them nobody knows what came first."""
    tar = touched(fake.shards[1], (NIGHT - timedelta(seconds=1)).timestamp())
    fake.shards[1] = tar
    first = taken(fake, tmp_path / "first", None)
    fake.shards[1] = tar[:600] + bytes([tar[600] ^ 1]) + tar[601:]
    take(fake, tmp_path / "second", previous=first)
    assert is_what_is_served(fake, tmp_path / "second")


def test_a_later_file_of_which_all_was_deleted_does_not_come_back(fake, tmp_path):
    """Neither is a file younger, nor does the archive begin in another way."""
    before = fake.shards[1]
    fake.shards[1] = with_a_second_file(before)
    first = taken(fake, tmp_path / "first", None)
    fake.shards[1] = before
    assert linked(taken(fake, tmp_path / "second", first)) == {"2", "3"}


def test_a_shard_of_several_files_is_linked_when_the_same_bytes_came(fake, tmp_path):
    fake.shards[1] = with_a_second_file(fake.shards[1])
    first = taken(fake, tmp_path / "first", None)
    assert linked(taken(fake, tmp_path / "second", first)) == {"1", "2", "3"}


def test_a_shard_of_which_all_was_deleted_does_not_come_back(fake, first, tmp_path):
    """Asked what is younger it answers with an empty archive, as an unchanged one does."""
    fake.shards[1] = EMPTY_TAR
    second = taken(fake, tmp_path / "second", first)
    assert linked(second) == {"2", "3"}
    assert linked(taken(fake, tmp_path / "third", second)) == {"1", "2", "3"}


def test_a_shard_that_begins_with_another_file_is_downloaded_anew(fake, first, tmp_path):
    """A compaction that kept the old time of its file, or another server with the same numbers."""
    fake.shards[3] = touched(fake.shards[3], 1_600_000_000)
    assert linked(taken(fake, tmp_path / "second", first)) == {"1", "2"}


def test_a_file_that_was_damaged_on_our_disk_is_never_linked(fake, first, tmp_path):
    path = next(first.path.glob("*.1.tar.gz"))
    content = path.read_bytes()
    path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    next(first.path.glob("*.2.tar.gz")).unlink()
    assert linked(taken(fake, tmp_path / "second", first)) == {"3"}


def test_a_shard_that_went_away_is_not_kept_alive(fake, first, tmp_path):
    del fake.shards[2]
    assert linked(taken(fake, tmp_path / "second", first)) == {"1", "3"}


def test_a_backup_of_the_official_tool_is_not_linked(fake, tmp_path):
    """It has no digests to trust, and the time of its name is that of another machine."""
    assert linked(taken(fake, tmp_path / "second", open_set(FOLDER / "2.9.1"))) == set()


def test_where_the_disk_cannot_link_everything_is_downloaded(fake, first, tmp_path, monkeypatch):
    def refuse(old: Path, new: Path) -> None:
        raise PermissionError(1, "no links on this disk")

    monkeypatch.setattr(os, "link", refuse)
    second = taken(fake, tmp_path / "second", first)
    assert (linked(second), second.record.full) == (set(), True)
