"""The asset checks of every declared source, generated from its declaration."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.policies import RETRY
from influx_pipelines.defs.quality.sources import SOURCES
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.quality import judge
from influx_pipelines.quality.source import Source
from influx_pipelines.quality.verdict import Verdict
from influx_pipelines.resources import EstateResource, InfluxDBResource

DESCRIPTIONS = {
    judge.FRESHNESS: "The newest point in InfluxDB is young enough, whether or not the asset ran.",
    judge.GAPS: "Of late, few windows of one interval have no point.",
    judge.DEAD: "Every series that had points in the last year has points of late.",
    judge.ROWS: "The points of the last day are neither too few nor too many.",
    judge.TYPES: "The fields are stored in the types that are declared.",
    judge.STEPS: "No value jumps from one window to the next.",
}
# Points that do not come or do not fit are a fault; the others are for somebody to look at.
FAULTS = {judge.FRESHNESS, judge.TYPES}


def checks_of(source: Source) -> dg.AssetChecksDefinition:
    """The asset checks of a source, one step for all of them."""

    @dg.multi_asset_check(
        name=f"{'_'.join(source.asset)}_quality",
        description=f"Whether the data of {source.name} is what it should be.",
        specs=[
            check_spec(name, asset=list(source.asset), description=DESCRIPTIONS[name])
            for name in judge.names(source)
        ],
        can_subset=True,
        retry_policy=RETRY,
    )
    def quality(
        context: dg.AssetCheckExecutionContext, influx: InfluxDBResource, estate: EstateResource
    ) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.name for key in context.selected_asset_check_keys}
        bucket = source.bucket(estate.settings())
        with influx.client() as client:
            found = judge.judge(client, bucket, source, datetime.now(UTC), wanted)
        for name, verdict in found.items():
            yield result(source, name, verdict)

    return quality


def result(source: Source, name: str, verdict: Verdict) -> dg.AssetCheckResult:
    """A judgement as the page shows it."""
    severity = dg.AssetCheckSeverity.ERROR if name in FAULTS else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=list(source.asset),
        check_name=name,
        passed=verdict.passed,
        severity=severity,
        description=f"expected {verdict.expected}; {verdict.actual}",
        metadata={
            "expected": verdict.expected,
            "actual": verdict.actual,
            "found": metadata.table(verdict.rows),
            "picture": metadata.picture(_picture(name, verdict), name),
        },
    )


def _picture(name: str, verdict: Verdict) -> bytes:
    return plots.bar_plot(
        verdict.bars,
        title=name.replace("_", " ").capitalize(),
        unit=verdict.unit,
        limit=verdict.limit,
        size=plots.SMALL,
    )


CHECKS = [checks_of(source) for source in SOURCES]


@dg.definitions
def quality_checks() -> dg.Definitions:
    """The asset checks of all declared sources."""
    return dg.Definitions(asset_checks=CHECKS)
