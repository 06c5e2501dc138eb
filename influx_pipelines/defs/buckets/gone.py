"""Whether the bucket of a partition is gone."""

from __future__ import annotations

from logging import Logger

import dagster as dg

from influx_pipelines.defs.buckets import state
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError, NotFound

PER_BUCKET = [dg.AssetKey(["influx", "dbrp_mappings"]), dg.AssetKey(["influx", "bucket_profile"])]


def is_gone(client: Influx, instance: dg.DagsterInstance, name: str, log: Logger) -> bool:
    """Whether the server has no bucket of that ID any more, or it has another name now."""
    bucket_id = state.last_id(instance, PER_BUCKET, name)
    try:
        return client.bucket(bucket_id).name != name if bucket_id else True
    except NotFound:
        return True
    except InfluxError as error:
        log.warning("Bucket %r is kept: %s", name, error)
        return False
