"""Runs of CI in the store, and their jobs in InfluxDB, a partition a day."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

import dagster as dg

from influx_pipelines.defs.ci import checks, pictures, report
from influx_pipelines.defs.ci.checks import JOBS, RUNS
from influx_pipelines.defs.ci.partitions import days_partitions
from influx_pipelines.defs.policies import RETRY
from influx_pipelines.defs.ranges import days_of_run, raise_for
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.sources.ci.passing import NO_REPOSITORY, Done, Pass, open_github

# One pass at a time: two would meet GitHub's limit sooner, and ask for the same.
POOL = "ci"
PICTURED = timedelta(days=30)


class PassConfig(dg.Config):
    """What a pass writes; a schedule only what changed, a person everything."""

    rewrite: bool = True


@dg.multi_asset(
    name="ci_pass",
    specs=[
        dg.AssetSpec(
            RUNS,
            description="Runs, jobs of all attempts and logs from GitHub Actions, in the store; "
            "what did not change is not asked for again.",
            group_name="ci",
            kinds={"github"},
            code_version="1",
            deps=[["influx", "buckets"]],
            skippable=True,
        ),
        dg.AssetSpec(
            JOBS,
            description="Jobs of CI and failed tests as points, each with the reason of its "
            "failure as the rules of now tell it.",
            group_name="ci",
            kinds={"github"},
            code_version="1",
            deps=[RUNS],
            skippable=True,
        ),
    ],
    partitions_def=days_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=RETRY,
    pool=POOL,
    can_subset=True,
    check_specs=[
        checks.EVERYTHING_FETCHED,
        checks.NOTHING_STUCK,
        checks.ALL_CLASSIFIED,
        checks.RULES_MATCH,
    ],
)
def ci_pass(
    context: dg.AssetExecutionContext,
    config: PassConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult]:
    """Fetch each day, classify its jobs, write them; `ci/jobs` alone works without GitHub."""
    settings = estate.settings()
    fetching = RUNS in context.selected_asset_keys
    writing = JOBS in context.selected_asset_keys
    now = datetime.now(UTC)
    with ExitStack() as stack:
        client = stack.enter_context(influx.client())
        stack.enter_context(failures_explained())
        github = stack.enter_context(open_github(settings)) if fetching else None
        work = Pass(settings, estate.path(), github, client if writing else None)
        done = _go_through(context, work, rewrite=config.rewrite)
        plots = pictures.jobs_pictures(client, settings.ci_bucket, now - PICTURED, now)
        _materialize(context, work, done, plots)
        if fetching:
            yield checks.everything_fetched(done, work.resume_at)
            yield checks.nothing_stuck(done, now)
        if writing:
            types = pictures.failure_types(client, settings.ci_bucket, now - PICTURED, now)
            yield checks.all_classified(types)
            yield checks.rules_match(types)
        deleted = work.store.prune_logs(now.date() - timedelta(days=settings.ci_keep_logs_days))
        if deleted:
            context.log.info("Logs of %d days were kept long enough, and are deleted.", deleted)
    failed = {f"{one.repository} {one.day}": one.error for one in done if one.error is not None}
    raise_for(failed, len(done), "days")


def _go_through(context: dg.AssetExecutionContext, work: Pass, *, rewrite: bool) -> list[Done]:
    first, last = days_of_run(context)
    done = []
    for one in work.days(first, last, rewrite=rewrite):
        done.append(one)
        if one.error is not None:
            context.log.error("%s, %s: %s", one.repository, one.day, one.error)
    if not work.wanted:
        context.log.info("There is %s.", NO_REPOSITORY)
    if work.resume_at is not None:
        context.log.warning("GitHub's limit is met; a sensor goes on at %s.", work.resume_at)
    return done


def _materialize(
    context: dg.AssetExecutionContext, work: Pass, done: Sequence[Done], plots: dict[str, Any]
) -> None:
    """Tell of the days that are whole: of the newest always, of others when there is news."""
    newest = str(days_of_run(context)[1])
    by_day = {str(day): list(found) for day, found in groupby(done, lambda one: one.day)}
    if not work.wanted:
        by_day = {newest: []}
    runs_of_day = partial(report.runs_of_day, api=work.settings.github_url)
    for key, told_of in ((RUNS, runs_of_day), (JOBS, report.jobs_of_day)):
        if key not in context.selected_asset_keys:
            continue
        known = context.instance.get_materialized_partitions(key)
        for day, found in by_day.items():
            told = told_of(found)
            whole = len(found) == len(work.wanted) and all(one.whole for one in found)
            if whole and (told.news or day == newest or day not in known):
                values = {**told.metadata, **(plots if day == newest else {})}
                context.log_event(dg.AssetMaterialization(key, partition=day, metadata=values))
