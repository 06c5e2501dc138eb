"""Buckets after the declaration was applied; and, for each bucket, its mapping and its profile."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines.defs.applied import ApplyConfig, applied_asset
from influx_pipelines.defs.buckets import checks, mappings
from influx_pipelines.defs.buckets.partitions import buckets_partitions
from influx_pipelines.defs.buckets.profile import profile_metadata
from influx_pipelines.defs.buckets.ranges import materialize_each
from influx_pipelines.defs.policies import ADMIN_POOL, managed_asset
from influx_pipelines.defs.ranges import raise_for
from influx_pipelines.estate.profile import profile
from influx_pipelines.resources import EstateResource, InfluxDBResource

buckets = applied_asset(
    "bucket",
    "buckets",
    group="buckets",
    deps=["server", "labels"],
    description="The declared buckets, after bringing the server to what the estate's files say.",
    blocking=True,
)


@managed_asset(
    key=["influx", "dbrp_mappings"],
    group_name="buckets",
    code_version="1",
    pool=ADMIN_POOL,
    deps=[["influx", "buckets"]],
    partitions_def=buckets_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    check_specs=[checks.ALL_MAPPED],
)
def dbrp_mappings(
    context: dg.AssetExecutionContext,
    config: ApplyConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult]:
    """The DBRP mapping of a bucket, by which InfluxQL and v1 clients reach it."""
    declared = estate.load()
    with estate.exclusively(), influx.client() as client:
        run = mappings.MappingRun(client, declared, estate.ledger(client), config.create_only)
        failed = materialize_each(context, run.observed.buckets, run.map_bucket)
        yield checks.all_mapped(run.pending())
    raise_for(failed, len(context.partition_keys), "buckets")


@managed_asset(
    key=["influx", "bucket_profile"],
    group_name="buckets",
    code_version="1",
    deps=[["influx", "buckets"]],
    partitions_def=buckets_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    check_specs=[checks.PARTITIONS_HAVE_BUCKETS],
)
def bucket_profile(
    context: dg.AssetExecutionContext, influx: InfluxDBResource
) -> Iterator[dg.AssetCheckResult]:
    """What is in a bucket: measurements, fields, series, newest point, points per hour."""
    now = datetime.now(UTC)
    with influx.client() as client:
        listed = client.buckets()
        failed = materialize_each(
            context, listed, lambda b: profile_metadata(b, profile(client, b, now))
        )
    keys = context.instance.get_dynamic_partitions(buckets_partitions.name or "")
    yield checks.partitions_have_buckets(keys, {bucket.name for bucket in listed})
    raise_for(failed, len(context.partition_keys), "buckets")
