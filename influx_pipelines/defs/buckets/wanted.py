"""What the sensor should do, as pure functions: sets in, sets out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from influx_pipelines.influx.models import Bucket

FIRST_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 3_600.0
MASS_SHARE = 0.10


def outdated(
    buckets: Iterable[Bucket],
    materialized: Sequence[Mapping[str, str]],
    in_flight: Collection[str],
) -> list[Bucket]:
    """The buckets that lack an asset for their present ID and that no run is about to give it.

    Args:
        buckets: the buckets of a complete list.
        materialized: for each per-bucket asset, partition → ID it was last materialized for.
        in_flight: partitions of unfinished runs.
    """
    return [
        bucket
        for bucket in buckets
        if bucket.name not in in_flight
        and any(ids.get(bucket.name) != bucket.id for ids in materialized)
    ]


def stretches(partitions: Sequence[str], wanted: Collection[str]) -> list[list[str]]:
    """The wanted keys as runs of neighbours in the order of the partitions."""
    result: list[list[str]] = []
    broken = True
    for key in partitions:
        if key not in wanted:
            broken = True
            continue
        if broken:
            result.append([])
        result[-1].append(key)
        broken = False
    return result


def stretch_hash(pairs: Iterable[tuple[str, str]]) -> str:
    """A short name of a stretch, from the (ID, name) pairs of its buckets."""
    return hashlib.sha256(json.dumps(list(pairs)).encode()).hexdigest()[:16]


def is_due(tries: int, last_end: float, now: float) -> bool:
    """Whether a stretch may be tried again: 1, 2, 4 … minutes after the last try, at most 60."""
    if tries == 0:
        return True
    wait = min(FIRST_WAIT_SECONDS * 2 ** min(tries - 1, 10), LONGEST_WAIT_SECONDS)
    return bool(now - last_end >= wait)


@dataclass(frozen=True)
class Absence:
    """The partitions without a bucket of that name."""

    missing: list[str]  # seen missing now
    confirmed: list[str]  # missing in the list before, too
    is_mass: bool  # too many at once to be believed


def absent(
    partitions: Sequence[str],
    listed: Collection[str],
    missing_before: Collection[str],
    *,
    in_flight: Collection[str] = (),
) -> Absence:
    """Which partitions may go: missing from two complete lists in a row and not in use.

    More than a tenth of all partitions (but at least two) missing at once is taken for a fault.
    """
    missing = [key for key in partitions if key not in listed]
    is_mass = len(missing) > max(1, MASS_SHARE * len(partitions))
    confirmed = [key for key in missing if key in missing_before and key not in in_flight]
    return Absence(missing, [] if is_mass else confirmed, is_mass)
