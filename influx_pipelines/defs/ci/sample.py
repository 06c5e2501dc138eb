"""A sample of CI jobs for a machine without network."""

from datetime import UTC, datetime

import dagster as dg

from influx_pipelines.defs.ci import checks, pictures
from influx_pipelines.defs.ci.assets import PICTURED
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.sources.ci.rules import FILE, Rules
from influx_pipelines.sources.ci.sample import BUCKET, write_sample


@managed_asset(
    key=["ci", "sample"],
    group_name="ci",
    code_version="1",
    deps=[["influx", "buckets"]],
    check_specs=[checks.SAMPLE_IS_APART],
)
def sample(influx: InfluxDBResource, estate: EstateResource) -> dg.MaterializeResult:
    """Made-up CI jobs in a bucket of its own, only on a server that this project started."""
    bucket = estate.settings().ci_bucket
    now = datetime.now(UTC)
    with influx.client() as client:
        apart = checks.sample_is_apart(pictures.sample_points(client, bucket))
        if not influx.connection().ours:
            text = "nothing: this project did not start the server"
            return dg.MaterializeResult(metadata={"summary": text}, check_results=[apart])
        with failures_explained():
            rules = Rules.load(estate.path() / FILE)
        written = write_sample(client, rules, now)
        plots = pictures.jobs_pictures(client, BUCKET, now - PICTURED, now, "SAMPLE, made up: ")
    return dg.MaterializeResult(
        metadata={
            "summary": f"{written.points} points of a sample, made up",
            "points": written.points,
            "bucket": BUCKET,
            **plots,
        },
        check_results=[apart],
    )
