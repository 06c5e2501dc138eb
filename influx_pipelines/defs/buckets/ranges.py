"""Work on a range of buckets in one run, each with a materialization of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.models import Bucket
from influx_pipelines.transfer.errors import TransferError

Metadata = Mapping[str, Any]
Failed = Mapping[str, InfluxError | TransferError | None]


def materialize_each(
    context: dg.AssetExecutionContext,
    buckets: Iterable[Bucket],
    work: Callable[[Bucket], Metadata],
) -> Failed:
    """Do the work for each partition of the run; a bucket that fails does not stop the others.

    Every success is logged as a materialization of its partition, with the ID of the bucket, so
    that the sensor can tell a bucket that was made again under its old name.

    Returns:
        name → error of the buckets that failed; None for one that is not there any more.
    """
    by_name = {bucket.name: bucket for bucket in buckets}
    failed: dict[str, InfluxError | TransferError | None] = {}
    for name in context.partition_keys:
        bucket = by_name.get(name)
        if bucket is None:
            failed[name] = None
            context.log.error("Bucket %r: not on the server any more.", name)
            continue
        try:
            metadata = work(bucket)
        except (InfluxError, TransferError) as error:
            failed[name] = error
            context.log.error("Bucket %r: %s", name, error)
            continue
        context.log_event(
            dg.AssetMaterialization(
                context.asset_key,
                partition=name,
                metadata={"bucket_id": bucket.id, **metadata},
            )
        )
    return failed


def raise_for(failed: Failed, total: int) -> None:
    """Fail the step when a bucket failed, naming all that did.

    Raises:
        dagster.Failure: retried only when a second try can help one of them.
    """
    if not failed:
        return
    reasons = [f"{name}: {error or 'not on the server any more'}" for name, error in failed.items()]
    raise dg.Failure(
        f"{len(failed)} of {total} buckets failed; the others are done. "
        + " | ".join(reasons[:20]),
        allow_retries=any(error is not None and error.retryable for error in failed.values()),
    )
