"""What is left broken: assets whose last run failed, and asset checks that stand failed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.housekeeping.streaks import ENDED, outcomes, subjects_of
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec

KEY = ["housekeeping", "standing_failures"]
RUNS = 2_000
SEVERITIES = {dg.AssetCheckSeverity.ERROR: "error", dg.AssetCheckSeverity.WARN: "warning"}
Row = Mapping[str, str]

NOTHING_LEFT_BROKEN = check_spec(
    "nothing_left_broken",
    asset=KEY,
    description="The last run of each asset succeeded, and no asset check stands failed.",
)


@managed_asset(
    key=KEY,
    group_name="housekeeping",
    code_version="1",
    deps=[["housekeeping", "run_history"]],
    check_specs=[NOTHING_LEFT_BROKEN],
)
def standing_failures(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Assets and asset checks that are broken until somebody looks, each by its name."""
    graph = _graph(context)
    assets = set(graph.materializable_asset_keys)
    own = dg.AssetCheckKey(dg.AssetKey(KEY), NOTHING_LEFT_BROKEN.name)
    rows = [
        *failed_assets(context.instance, assets),
        *failed_checks(context.instance, sorted(set(graph.asset_check_keys) - {own})),
    ]
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(rows)} assets and asset checks are broken",
            "broken": metadata.table(rows, empty="nothing"),
        },
        check_results=[nothing_left_broken(rows)],
    )


def _graph(context: dg.AssetExecutionContext) -> Any:
    """The graph of all assets; that of the job where a run in process knows no repository."""
    try:
        return context.repository_def.asset_graph
    except Exception:  # Dagster's CheckError has no public name
        return context.job_def.asset_layer.asset_graph


def failed_assets(instance: dg.DagsterInstance, assets: set[dg.AssetKey]) -> Iterator[Row]:
    """The assets whose last run did not make them, of the last 2,000 runs that ended."""
    undecided = {key.to_user_string() for key in assets}
    wanted = dg.RunsFilter(statuses=ENDED)
    for record in instance.get_run_records(wanted, limit=RUNS):
        if undecided.isdisjoint(subjects_of(record.dagster_run)):
            continue
        for one in outcomes(instance, record):
            if one.subject in undecided:
                undecided.discard(one.subject)
                if not one.good:
                    yield {"asset": one.subject, "what": "its last run failed", "run": one.run_id}


def failed_checks(
    instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey]
) -> Iterator[Row]:
    """The asset checks whose last evaluation failed, warnings too.

    One that a run is about to evaluate has no verdict; a run of everything plans all of them.
    """
    for key in checks:
        record = instance.get_latest_asset_check_evaluation_record(key)
        event = record.event if record else None
        if record is None or event is None or event.dagster_event is None:
            continue
        if event.dagster_event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        found = event.dagster_event.asset_check_evaluation_data
        if not found.passed:
            what = f"asset check {key.name} failed ({SEVERITIES[found.severity]})"
            yield {"asset": key.asset_key.to_user_string(), "what": what, "run": record.run_id}


def nothing_left_broken(rows: Sequence[Row]) -> dg.AssetCheckResult:
    """Judge, and name what is broken."""
    return dg.AssetCheckResult(
        check_name=NOTHING_LEFT_BROKEN.name,
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{row['asset']}: {row['what']}" for row in rows[:20]) or None,
        metadata={"broken": len(rows)},
    )
