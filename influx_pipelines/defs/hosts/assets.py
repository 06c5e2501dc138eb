"""Metrics of this machine, in the names of Telegraf."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.hosts import checks, pictures
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.sources.host import HostSampler
from influx_pipelines.sources.write import write_samples


@managed_asset(
    key=["hosts", "metrics"],
    group_name="hosts",
    code_version="1",
    deps=[["influx", "buckets"]],
    check_specs=[checks.COMPLETE],
)
def metrics(
    context: dg.AssetExecutionContext, influx: InfluxDBResource, estate: EstateResource
) -> dg.MaterializeResult:
    """CPU, memory, swap, disks, processes and network of this machine, sampled now."""
    bucket = estate.settings().host_bucket
    sample = HostSampler().sample(interval=1.0)
    for name, reason in sample.failed.items():
        context.log.warning("Measurement %s could not be read: %s", name, reason)
    with influx.client() as client:
        written = write_samples(client, bucket, [sample])
        now = datetime.now(UTC)
        plots = pictures.plots(client, bucket, sample.host, now - timedelta(hours=1), now)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{written.points} points written",
            "host": sample.host,
            "bucket": bucket,
            "points": written.points,
            "measurements": checks.measurement_table(sample),
            **plots,
        },
        check_results=[checks.complete(sample)],
    )
