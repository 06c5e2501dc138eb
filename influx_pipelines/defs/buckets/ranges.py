"""Work on a range of buckets in one run, each with a materialization of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg

from influx_pipelines.influx.errors import InfluxError, NotFound
from influx_pipelines.influx.models import Bucket
from influx_pipelines.transfer.errors import TransferError

Metadata = Mapping[str, Any]
Failed = Mapping[str, InfluxError | TransferError]


def materialize_each(
    context: dg.AssetExecutionContext,
    buckets: Iterable[Bucket],
    work: Callable[[Bucket], Metadata],
) -> Failed:
    """Do the work for each partition of the run; a bucket that fails does not stop the others.

    Every success is logged as a materialization of its partition, with the ID of the bucket, so
    that the sensor can tell a bucket that was made again under its old name.

    Returns:
        name → error of the buckets that failed, those too that are not there any more.
    """
    by_name = {bucket.name: bucket for bucket in buckets}
    failed: dict[str, InfluxError | TransferError] = {}
    for name in context.partition_keys:
        try:
            bucket = by_name.get(name)
            if bucket is None:
                raise NotFound("not on the server any more")
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
