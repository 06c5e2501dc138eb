"""What the description of a bucket says while it is being restored.

It is set in the request that makes the bucket and taken away when everything in it was counted, so
that a restore that was killed leaves a bucket which says that it is not whole.
"""

from __future__ import annotations

from influx_pipelines.estate.ownership import SCRATCH
from influx_pipelines.influx.models import Bucket

NAME = "restore-test-"  # and some letters: the name of a bucket of a restore test
_UNFINISHED = "[unfinished restore of {name} by influx_pipelines]"


def unfinished(name: str) -> str:
    """The description of a bucket that is being restored from a backup of that name."""
    return _UNFINISHED.format(name=name)


def is_unfinished(bucket: Bucket) -> bool:
    """Whether a restore of ours began this bucket and did not end."""
    head, _, tail = _UNFINISHED.partition("{name}")
    return bucket.description.startswith(head) and bucket.description.endswith(tail)


def scratch(owner: str) -> str:
    """The description of the bucket of a restore test; `owner` is the ID of its destination."""
    return f"{SCRATCH}, restore test {owner}]"


def is_scratch_of(bucket: Bucket, owner: str) -> bool:
    """Whether a restore test of this very owner made the bucket; name and description say so."""
    return bucket.name.startswith(NAME) and bucket.description == scratch(owner)
