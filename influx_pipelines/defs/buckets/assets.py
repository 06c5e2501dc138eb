"""Buckets after the declaration was applied; and, for each bucket, its mapping and its profile."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import estate as estates
from influx_pipelines.defs.buckets import checks, mappings, report
from influx_pipelines.defs.buckets.partitions import buckets_partitions
from influx_pipelines.defs.buckets.profile import profile_metadata
from influx_pipelines.defs.buckets.ranges import materialize_each, raise_for
from influx_pipelines.defs.policies import ADMIN_POOL, managed_asset
from influx_pipelines.estate.profile import profile
from influx_pipelines.resources import EstateResource, InfluxDBResource


class ApplyConfig(dg.Config):
    """How far an apply may go; the default never loses data."""

    create_only: bool = False
    allow_data_loss: str = ""
    prune: bool = False


@managed_asset(
    key=["influx", "buckets"],
    group_name="buckets",
    code_version="1",
    pool=ADMIN_POOL,
    deps=[["influx", "server"]],
    check_specs=[checks.AS_DECLARED],
)
def buckets(
    context: dg.AssetExecutionContext,
    config: ApplyConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> dg.MaterializeResult:
    """The declared buckets, after bringing the server to what the estate's files say."""
    declared = estate.load()
    with influx.client() as client:
        ledger = estate.ledger(client)
        planned = estates.plan(
            declared, estates.observe(client), ledger, kinds=("bucket",), prune=config.prune
        )
        context.log.info("%s", planned.summary())
        applied = estates.apply(
            planned,
            client,
            ledger,
            create_only=config.create_only,
            allow_data_loss=config.allow_data_loss or None,
        )
        after = estates.plan(declared, estates.observe(client), ledger, kinds=("bucket",))
    return dg.MaterializeResult(
        data_version=dg.DataVersion(estate.digest()),
        metadata=report.apply_metadata(planned, applied, client.url),
        check_results=[checks.as_declared(applied, after)],
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
    with influx.client() as client:
        run = mappings.MappingRun(client, declared, estate.ledger(client), config.create_only)
        failed = materialize_each(context, run.observed.buckets, run.map_bucket)
        yield checks.all_mapped(run.pending())
    raise_for(failed, len(context.partition_keys))


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
    raise_for(failed, len(context.partition_keys))
