"""The exports of each bucket; and an import, which a person tells from where."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from pydantic import Field

from influx_pipelines.defs.buckets.partitions import buckets_partitions
from influx_pipelines.defs.buckets.ranges import materialize_each
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.ranges import raise_for
from influx_pipelines.defs.transfer import checks, report
from influx_pipelines.defs.transfer.folders import export_folder, exports_below
from influx_pipelines.influx.models import Bucket
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.transfer.request import ExportRequest, format_of


class ExportConfig(dg.Config):
    """What is exported; another choice makes a folder of its own beside the others."""

    format: str = "csv"
    start: str = "-1d"
    window: str = "1d"
    measurements: list[str] = Field(default=[])
    every: str = "30m"
    fn: str = "mean"
    gzip: bool = False

    def request(self, bucket: str) -> ExportRequest:
        """The request for a bucket.

        Raises:
            TransferError: the configuration says something that cannot be done.
        """
        return ExportRequest(
            bucket,
            format_of(self.format),
            start=self.start,
            window=self.window,
            measurements=tuple(self.measurements),
            every=self.every,
            fn=self.fn,
            gzip=self.gzip,
        )


@managed_asset(
    key=["transfer", "exports"],
    group_name="transfer",
    code_version="1",
    deps=[["influx", "buckets"]],
    partitions_def=buckets_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    check_specs=[checks.FILES_ARE_WHOLE, checks.COUNTS_AGREE],
)
def exports(
    context: dg.AssetExecutionContext,
    config: ExportConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult]:
    """Files with the points of a bucket, window by window; each run adds what is new."""
    home = estate.settings().home

    def export(bucket: Bucket) -> report.Metadata:
        from influx_pipelines.transfer.exporting import Export

        request = config.request(bucket.name)
        work = Export(client, request, export_folder(home, bucket, request), count=True)
        return report.export_metadata(work, list(work.steps()))

    with influx.client() as client:
        failed = materialize_each(context, client.buckets(), export)
    with failures_explained():
        found = exports_below(home)
    yield checks.files_are_whole(found)
    yield checks.counts_agree(found)
    raise_for(failed, len(context.partition_keys), "buckets")


class ImportConfig(dg.Config):
    """From where to where; without a folder nothing is imported."""

    folder: str = ""
    bucket: str = ""
    again: bool = False


@managed_asset(
    key=["transfer", "imports"],
    group_name="transfer",
    code_version="1",
    deps=[["influx", "buckets"]],
    check_specs=[checks.NOTHING_WAS_REFUSED],
)
def imports(config: ImportConfig, influx: InfluxDBResource) -> dg.MaterializeResult:
    """The points of an export in a bucket, when `folder` and `bucket` are given; else nothing."""
    if not config.folder:
        return dg.MaterializeResult(
            metadata={"summary": "nothing to import"},
            check_results=[checks.nothing_was_refused(None)],
        )
    from influx_pipelines.transfer.importing import Import

    with influx.client() as client, failures_explained():
        work = Import(client, Path(config.folder), config.bucket, again=config.again)
        total = work.run()
    return dg.MaterializeResult(
        metadata=report.import_metadata(work, total),
        check_results=[checks.nothing_was_refused(total)],
    )
