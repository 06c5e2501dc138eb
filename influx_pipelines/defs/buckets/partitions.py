"""One partition a bucket, keyed by its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import dagster as dg

from influx_pipelines.estate.ownership import is_scratch
from influx_pipelines.influx.models import Bucket

buckets_partitions = dg.DynamicPartitionsDefinition(name="bucket")
PARTITIONS = "bucket"

# SQLite refuses a statement with too many variables.
CHUNK = 500


def can_be_key(name: str) -> bool:
    """Whether a bucket's name can be a partition key.

    Dagster runs the key "" unpartitioned, and forbids control characters and "..." in keys.
    """
    return (
        bool(name)
        and "..." not in name
        and not any(unicodedata.category(letter) == "Cc" for letter in name)
    )


def candidates(buckets: Iterable[Bucket]) -> tuple[list[Bucket], list[str]]:
    """The user's buckets that can be partitions, and the names of those that cannot."""
    user = [one for one in buckets if one.type != "system" and not is_scratch(one)]
    return (
        [bucket for bucket in user if can_be_key(bucket.name)],
        [bucket.name for bucket in user if not can_be_key(bucket.name)],
    )


def new_keys(buckets: Sequence[Bucket], existing: Iterable[str]) -> list[str]:
    """The names that have no partition yet, in the order of the list."""
    known = set(existing)
    return [bucket.name for bucket in buckets if bucket.name not in known]


def add_keys(instance: dg.DagsterInstance, keys: Sequence[str]) -> None:
    """Add partitions, in pieces that SQLite takes."""
    for start in range(0, len(keys), CHUNK):
        instance.add_dynamic_partitions(PARTITIONS, keys[start : start + CHUNK])
