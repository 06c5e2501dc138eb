"""Backups of real servers are good, and what is no backup is told apart from a damaged one."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import tracemalloc
from datetime import datetime

import pytest

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.instants import nanoseconds
from influx_pipelines.backups.record import NAME
from influx_pipelines.backups.sets import sets_below
from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import FOLDER, VERSIONS, sample, seal
from influx_pipelines_tests.damages.damage import (
    bucket_of,
    edit_content,
    edit_file,
    edit_manifest,
    edit_members,
    file,
    packed,
    unpack,
)
from influx_pipelines_tests.damages.packing import FILES


@pytest.fixture
def folder(tmp_path):
    return sample("2.9.1", tmp_path)


def stated(version):
    """The table in the README of a sample, by bucket, measurement, field and type."""
    lines = (FOLDER / version / "README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line][2:]
    for bucket, field, series, values, first, last, restored in rows:
        if field != "none":
            name, kind = field.removesuffix(")").split(" (")
            counts = (int(series), int(values), nanoseconds(first), nanoseconds(last))
            yield (bucket, *name.split("."), kind), (*counts, int(restored))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_of_a_real_server_holds_what_its_readme_says(version):
    report = verify(FOLDER / version)
    names = {bucket.id: bucket.name for bucket in report.buckets}
    counted = {
        (names[found.bucket], found.measurement, found.field, found.type): (
            *(found.series, found.values, found.first, found.last),
            found.values + found.hidden,
        )
        for found in report.fields
    }
    assert report.good
    assert counted == dict(stated(version))
    assert {name for name in names.values() if not name.startswith("_")} == {
        "deleted-range",
        "empty",
        "two-shards",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_with_a_side_file_it_is_as_good(version, tmp_path):
    folder = sample(version, tmp_path)
    seal(folder)
    report = verify(folder)
    assert (report.good, report.notes) == (True, report.notes[:1])
    assert "360 values were deleted" in report.notes[0]


def test_the_steps_are_told_to_whoever_wants_to_know(folder):
    steps = []
    verify(folder, steps.append)
    assert [(step.done, step.total) for step in steps] == [(n, 5) for n in range(1, 6)]
    assert steps[-1].what == "shard 3 of deleted-range"


def test_files_that_are_not_packed_are_looked_at_too(folder):
    for suffix in FILES:
        edit_file(folder, suffix, gzip.decompress)
        unpack(folder, suffix)
    assert verify(folder).damages == ()
    edit_file(folder, ".1.tar", lambda raw: raw[:700] + b"?" + raw[701:])
    assert not verify(folder).good


def test_what_is_no_backup_is_not_called_a_damaged_one(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("nothing of ours")
    unfinished = folder.rename(tmp_path / "backup-20261122T040219Z.partial")
    for path in (tmp_path / "empty", tmp_path / "other", tmp_path / "gone", unfinished):
        with pytest.raises(NotASet):
            verify(path)
    with pytest.raises(NotASet, match="is no folder"):
        verify(tmp_path / "other" / "notes.txt")


def test_a_backup_of_a_2_0_server_is_none_that_can_be_restored(folder):
    file(folder, ".manifest").write_text('{"kv": {"fileName": "a.bolt", "size": 1}, "files": []}')
    with pytest.raises(NotASet, match=r"2\.0 server"):
        verify(folder)


def test_a_backup_that_lost_its_manifest_is_damaged(folder):
    file(folder, ".manifest").unlink()
    (damage,) = verify(folder).damages
    assert str(damage).startswith("20261122T040219Z.manifest: is missing")


def test_a_broken_side_file_is_a_damage_and_hides_no_backup(folder):
    seal(folder)
    (folder / NAME).write_text("{")
    (damage,) = verify(folder).damages
    assert damage.file == NAME
    assert [found.path for found in sets_below(folder.parent)] == [folder]
    file(folder, ".manifest").unlink()
    assert not verify(folder).good


def test_a_backup_without_its_manifest_but_with_a_side_file_is_damaged(folder):
    seal(folder)
    file(folder, ".manifest").unlink()
    damages = [str(damage) for damage in verify(folder).damages]
    assert damages == ["20261122T040219Z.manifest: is missing"]


def test_strange_files_are_a_note_and_parts_of_another_backup_a_damage(folder):
    (folder / "README.md").write_text("ours")
    assert verify(folder).good
    (folder / "20261122T040219Z.9.tar.gz").write_bytes(b"")
    (folder / "copy of 1.tar.gz").write_bytes(b"")
    found = {damage.file: damage.what for damage in verify(folder).damages}
    assert found.keys() == {"20261122T040219Z.9.tar.gz", "copy of 1.tar.gz"}
    assert all("left over" in what for what in found.values())


def second_run(folder):
    """What `influx backup` makes of a folder that it ran into an hour before."""
    for path in folder.iterdir():
        shutil.copy(path, path.with_name(path.name.replace("T04", "T05")))
    path = file(folder, "T050219Z.manifest")
    path.write_text(path.read_text().replace("20261122T04", "20261122T05"))
    return path


def test_of_several_manifests_the_newest_counts(folder):
    newest = second_run(folder)
    report = verify(folder)
    assert (report.damages, report.files) == ((), 5)
    assert f"The newest counts, {newest.name}" in "".join(report.notes)
    newest.write_text("{")
    assert [damage.file for damage in verify(folder).damages] == [newest.name]


def test_a_bucket_of_an_older_manifest_is_looked_at_since_a_restore_brings_it_back(folder):
    path = second_run(folder)
    manifest = json.loads(path.read_text())
    manifest["buckets"].remove(bucket_of(manifest, "two-shards"))
    path.write_text(json.dumps(manifest))
    for shard in (1, 2):
        file(folder, f"T050219Z.{shard}.tar.gz").unlink()
    report = verify(folder)
    assert report.good
    assert report.buckets[-1].values == 2448
    assert any("two-shards: the bucket is in an older manifest only" in n for n in report.notes)
    file(folder, "T040219Z.1.tar.gz").write_bytes(b"")
    assert [damage.file for damage in verify(folder).damages] == ["20261122T040219Z.1.tar.gz"]


def test_a_shard_that_went_away_meanwhile_is_missed_unless_the_side_file_vouches_for_it(folder):
    def drop(manifest):
        bucket_of(manifest, "two-shards")["retentionPolicies"][0]["shardGroups"][0]["shards"] = []

    edit_manifest(folder, drop)
    file(folder, ".1.tar.gz").unlink()
    (damage,) = verify(folder).damages
    assert damage.what == "shard group 1 of the metadata has no shard here"
    file(folder, ".manifest").touch()
    seal(folder)
    report = verify(folder)
    assert report.good
    assert any("from 2019-12-30T00:00:00Z has no shard" in note for note in report.notes)


def test_a_backup_that_is_removed_meanwhile_is_none_any_more(folder):
    with pytest.raises(NotASet, match="went away"):
        verify(folder, lambda step: shutil.rmtree(folder, ignore_errors=True))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_a_damage(folder):
    file(folder, ".1.tar.gz").chmod(0)
    (damage,) = verify(folder).damages
    assert "Permission denied" in damage.what


def test_a_gzip_that_never_ends_is_given_up_early(folder):
    zeros = bytes(160 << 20)
    bomb = gzip.compress(zeros, 1)
    for suffix in (".bolt.gz", ".sqlite.gz", ".2.tar.gz"):
        edit_file(folder, suffix, lambda raw: bomb)

    def deep(raw):
        header = tarfile.TarInfo.frombuf(gzip.decompress(raw)[:512], "utf-8", "strict")
        header.size = len(zeros)
        return gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + zeros + bytes(1024), 1)

    edit_file(folder, ".1.tar.gz", deep)
    tracemalloc.start()
    report = verify(folder)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [damage.what for damage in report.damages if "200 times" in damage.what] == [
        "grows to over 200 times its size, as no backup does"
    ] * 3
    assert any("after the end of the archive" in damage.what for damage in report.damages)
    assert most < 64 << 20


def test_a_server_whose_user_has_a_large_number_adds_a_header_that_does_no_harm(folder):
    def extra(members):
        header = tarfile.TarInfo("PaxHeaders/x")
        header.type = tarfile.XHDTYPE
        text = b"20 uid=12345678901\n\n"
        header.size = len(text)
        members.insert(0, (header, text))

    edit_members(folder, ".1.tar.gz", extra)
    assert verify(folder).damages == ()


def test_an_empty_shard_is_a_note(folder):
    edit_content(folder, ".1.tar.gz", lambda tar: packed([]))
    report = verify(folder)
    assert report.good
    assert "shard 1 of two-shards holds nothing: all of it was deleted." in report.notes


def test_times_of_the_report_are_in_utc(folder):
    (bucket,) = [found for found in verify(folder).buckets if found.name == "deleted-range"]
    assert bucket.first == datetime.fromisoformat("2020-01-10T00:00:00+00:00")
    assert (bucket.series, bucket.values, bucket.shards) == (2, 1080, 1)
