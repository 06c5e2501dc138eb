"""Shard groups: stretches of time in which a bucket fixes types and drops what has expired."""

from __future__ import annotations

import time

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.values import MIN_TIME

SECOND = 1_000_000_000
HOUR, DAY = 3600, 86_400
# They are cut from the beginning of year one, so that weeks begin on Mondays.
_YEAR_ONE = 62_135_596_800 * SECOND


def retention(bucket: Document) -> int:
    """Seconds; 0 for endless."""
    rules = bucket["retentionRules"]
    return int(rules[0]["everySeconds"]) if rules else 0


def expired_before(bucket: Document) -> int | None:
    """Older points are refused; None when all are taken."""
    seconds = retention(bucket)
    return time.time_ns() - seconds * SECOND if seconds else None


def oldest(bucket: Document) -> int:
    """The first time that is kept: a shard group goes when the whole of it has expired."""
    bound = expired_before(bucket)
    return MIN_TIME if bound is None else shard_start(bound, shard_length(bucket))


def shard_length(bucket: Document) -> int:
    """Nanoseconds of a shard group."""
    rules = bucket["retentionRules"]
    asked = int(rules[0]["shardGroupDurationSeconds"]) if rules else 0
    return normal_shard_group(asked, retention(bucket)) * SECOND


def normal_shard_group(asked: int, every: int) -> int:
    """Seconds of a shard group, which follow from the retention unless they are asked for."""
    if asked:
        return max(asked, HOUR)
    if every == 0 or every >= 180 * DAY:
        return 7 * DAY
    return DAY if every >= 2 * DAY else HOUR


def shard_start(when: int, length: int) -> int:
    """Where the shard group of a time begins."""
    return max(when - (when + _YEAR_ONE) % length, MIN_TIME)
