"""What is ours: a short marker at the end of a description, set in the creating request."""

from __future__ import annotations

from influx_pipelines.influx.models import Bucket

MARKER = "[influx_pipelines]"
# At the begin: the bucket is gone again in a minute, and no part of any estate.
SCRATCH = "[scratch of influx_pipelines"
LABEL = "managed-by:influx_pipelines"


def marked(description: str) -> str:
    """A description that says that its object is ours."""
    return f"{description} {MARKER}".strip()


def is_ours(bucket: Bucket) -> bool:
    """Whether this project made or adopted a bucket."""
    return bucket.type == "user" and bucket.description.endswith(MARKER)


def is_scratch(bucket: Bucket) -> bool:
    """Whether a bucket was made for a test and goes away by itself."""
    return bucket.type == "user" and bucket.description.startswith(SCRATCH)
