"""What a restore will bring is known from the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.backups.restore.contents import groups_of, held_in, returning
from influx_pipelines.backups.verify.manifest import ManifestBucket, read_manifest

SETS = Path(__file__).parents[2] / "fixtures/backups"


def bucket_of(version: str, name: str) -> tuple[Path, ManifestBucket]:
    folder = SETS / version
    manifest = read_manifest(next(folder.glob("*.manifest")))
    return folder, next(one for one in manifest.buckets if one.bucket_name == name)


@pytest.mark.parametrize("version", ["2.7.12", "2.9.1"])
def test_deleted_values_that_come_back_are_named_beforehand(version: str) -> None:
    folder, bucket = bucket_of(version, "deleted-range")
    [found] = returning(folder, bucket)
    assert str(found) == (
        "360 deleted values of temp.v in 2 series (shard group of 2020-01-10 00:00) come back"
    )
    assert list(returning(*bucket_of(version, "two-shards"))) == []


def test_values_are_counted_with_tombstones_and_without_them() -> None:
    folder, bucket = bucket_of("2.9.1", "deleted-range")
    [group] = groups_of(bucket)
    kept, restored = (held_in(folder, bucket, group, forgotten=way) for way in (False, True))
    assert sum(held.values for held in kept.values()) == 1080
    assert sum(held.values for held in restored.values()) == 1440


def test_last_values_are_those_of_each_shard_group() -> None:
    folder, bucket = bucket_of("2.9.1", "two-shards")
    first, second = groups_of(bucket)
    counts = held_in(folder, bucket, second, forgotten=True)
    lasts = held_in(folder, bucket, second, forgotten=True, last=True)
    assert {field: held.values for field, held in lasts.items()} == {
        field: held.values for field, held in counts.items()
    }
    assert {held.last_ns for held in lasts.values()} <= {1579053540000000000, 1579053000000000000}
    assert held_in(folder, bucket, first, forgotten=True).keys() == counts.keys()
