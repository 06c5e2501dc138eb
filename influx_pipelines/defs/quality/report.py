"""The ingest report: what every source wrote in the last day, on one page."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.automation import schedule_status
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.quality.sources import SOURCES
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.quality import report
from influx_pipelines.resources import EstateResource, InfluxDBResource

KEY = ["quality", "ingest_report"]
COMPLETE = check_spec(
    "every_source_is_shown",
    asset=KEY,
    description="The files are there, and every source that must have points has some on them.",
)


@managed_asset(
    key=KEY,
    group_name="quality",
    code_version="1",
    deps=[list(source.asset) for source in SOURCES],
    check_specs=[COMPLETE],
)
def ingest_report(influx: InfluxDBResource, estate: EstateResource) -> dg.MaterializeResult:
    """One page with pictures of what each source wrote in the last 24 hours, as HTML and PNG."""
    now, settings = datetime.now(UTC), estate.settings()
    with influx.client() as client:
        found = [
            panel
            for source in SOURCES
            for panel in report.panels(client, source.bucket(settings), source, now)
        ]
    files = report.write(settings.home / "reports", found, now)
    points = points_by_source(found)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(found)} pictures of {len(points)} sources",
            "page": dg.MetadataValue.path(files[0].absolute()),
            "png": dg.MetadataValue.path(files[1].absolute()),
            "sources": metadata.table(
                [{"source": name, "values_shown": count} for name, count in points.items()]
            ),
            **{
                f"{panel.source} {panel.title}": metadata.picture(panel.png, panel.title)
                for panel in found
            },
        },
        check_results=[complete(points, files)],
    )


def points_by_source(found: Sequence[report.Panel]) -> dict[str, int]:
    """The values that the page shows of each declared source."""
    counts = Counter({source.name: 0 for source in SOURCES})
    for panel in found:
        counts[panel.source] += panel.points
    return dict(counts)


def complete(points: dict[str, int], files: Sequence[Path]) -> dg.AssetCheckResult:
    """Judge the page by what is missing on it."""
    must = {source.name for source in SOURCES if not source.optional}
    empty = [name for name, count in points.items() if not count]
    missing = [path.name for path in files if not path.is_file()]
    return dg.AssetCheckResult(
        check_name=COMPLETE.name,
        passed=not must & set(empty) and not missing,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "without_points": metadata.names(empty),
            "missing_files": metadata.names(missing),
        },
    )


ingest_report_daily = dg.ScheduleDefinition(
    name="ingest_report_daily",
    target=dg.AssetSelection.assets(KEY),
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=schedule_status(),
    description="Draws the last day of every source on one page.",
)
