"""A native backup is what the official tool would have written of the same server."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, datetime

import pytest

from influx_pipelines.backups.errors import BrokenDownload, NoSpace
from influx_pipelines.backups.files import finished_or_gone
from influx_pipelines.backups.native.take import take_native
from influx_pipelines.backups.progress import Step
from influx_pipelines.backups.record import digest
from influx_pipelines.backups.sets import new_name, open_set
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.backups import FOLDER, VERSIONS
from influx_pipelines_tests.nativebackups import NIGHT, is_what_is_served, take
from influx_pipelines_tests.services.native import EMPTY_TAR, TOKEN, NativeServer


@pytest.fixture
def fake():
    with NativeServer(FOLDER / "2.9.1") as server:
        server.now = NIGHT
        yield server


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_is_the_official_set_byte_for_byte_but_for_its_times_and_our_gzip(
    version, tmp_path
):
    official = FOLDER / version
    before = next(official.glob("*.manifest"))
    with NativeServer(official) as fake:
        fake.now = datetime.strptime(before.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        take(fake, tmp_path / "a")
        assert is_what_is_served(fake, tmp_path / "a")
    names = {path.name for path in official.iterdir()} - {"README.md"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == names | {"backup.json"}
    for shard in official.glob("*.tar.gz"):
        assert (tmp_path / "a" / shard.name).read_bytes() == shard.read_bytes()
    ours = (tmp_path / "a" / before.name).read_bytes()
    theirs = json.loads(before.read_bytes())
    for part in ("kv", "sql"):  # packed by us: the answer has all parts in one gzip
        size = (tmp_path / "a" / theirs[part]["fileName"]).stat().st_size
        ours = ours.replace(b'"size": %d,' % size, b'"size": %d,' % theirs[part]["size"])
    assert ours == before.read_bytes()


def test_the_record_tells_what_was_counted_on_the_way_and_how_every_file_is(fake, tmp_path):
    record = take(fake, tmp_path / "a")
    assert (record.started, record.server, record.full, record.notes) == (NIGHT, "2.9.1", True, ())
    held = {b.name: (b.shards, b.series, b.values, b.first, b.last) for b in record.buckets}
    at = datetime(2020, 1, 1, tzinfo=UTC)
    assert held["two-shards"] == (2, 4, 2448, at, at.replace(day=15, hour=1, minute=59))
    assert held["deleted-range"][:3] == (1, 2, 1080)
    assert held["empty"] == (0, 0, 0, None, None)
    files = {path for path in (tmp_path / "a").iterdir() if path.name != "backup.json"}
    assert {(f.name, f.size, f.sha256) for f in record.files} == {
        (path.name, path.stat().st_size, digest(path)) for path in files
    }
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert open_set(tmp_path / "a").record == record


def test_a_user_and_password_of_the_address_are_not_recorded(fake, tmp_path):
    client = Influx(fake.url.replace("//", "//me:secret@"), TOKEN, "sample-org")
    with client, finished_or_gone(tmp_path / "a") as partial:
        assert take_native(client, partial).url == fake.url


def test_two_backups_within_a_second_are_apart(fake, tmp_path):
    for _ in range(2):
        take(fake, tmp_path / new_name(tmp_path, NIGHT))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["backup-20261124T155907Z", "backup-20261124T155907Z-2"]
    assert all(is_what_is_served(fake, tmp_path / name) for name in names)


def test_progress_tells_each_file(fake, tmp_path):
    steps: list[Step] = []
    take(fake, tmp_path / "a", progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(n, 4) for n in range(1, 5)]
    assert {step.what for step in steps[1:]} == {
        "shard 1 of two-shards", "shard 2 of two-shards", "shard 3 of deleted-range",
    }  # fmt: skip


def test_answers_that_come_plain_are_packed(fake, tmp_path):
    """An empty archive is sent without gzip, whatever was asked for."""
    fake.shards[2] = EMPTY_TAR
    record = take(fake, tmp_path / "a")
    assert is_what_is_served(fake, tmp_path / "a")
    assert {b.name: b.values for b in record.buckets}["two-shards"] == 1224


def test_a_shard_that_goes_away_meanwhile_is_left_out_and_noted(fake, tmp_path):
    del fake.shards[2]
    record = take(fake, tmp_path / "a")
    assert record.notes == (
        "shard 2 of two-shards went away while the backup was taken, and is not in it.",
    )
    assert is_what_is_served(fake, tmp_path / "a")


def test_what_is_damaged_on_the_server_is_kept_and_noted(fake, tmp_path):
    """One bad block on the server's disk must not be the end of all backups."""
    tar = fake.shards[3]
    with tarfile.open(fileobj=io.BytesIO(tar)) as old:
        block = next(file for file in old if file.name.endswith(".tsm")).offset_data + 20
    fake.shards[3] = tar[:block] + bytes([tar[block] ^ 1]) + tar[block + 1 :]
    (note,) = take(fake, tmp_path / "a").notes
    assert note.startswith("shard 3 of deleted-range is damaged on the server: 000000001-000000001")


def test_a_backup_that_cannot_fit_is_not_begun(fake, tmp_path):
    fake.metrics = 'storage_shard_disk_size{bucket="0",id="1"} 9e+17\n'
    with pytest.raises(NoSpace, match="needs about 900,000,000,000,000,000 bytes"):
        take(fake, tmp_path / "a")
    assert "/api/v2/backup/metadata" not in [asked.path for asked in fake.asked]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("buckets", "says"),
    [
        ([{"bucketID": "nonsense"}], "buckets.0"),
        ({"buckets": []}, "buckets"),
        ([{"retentionPolicies": [{"shardGroups": [{"shards": [7, None]}]}]}], "buckets.0"),
    ],
)
def test_a_list_of_buckets_that_is_none_is_refused(fake, tmp_path, buckets, says):
    fake.buckets = buckets
    with pytest.raises(BrokenDownload, match=f"list of buckets: {says}"):
        take(fake, tmp_path / "a")


def test_a_shard_that_is_named_twice_is_refused(fake, tmp_path):
    fake.buckets += fake.buckets
    with pytest.raises(BrokenDownload, match="twice"):
        take(fake, tmp_path / "a")
