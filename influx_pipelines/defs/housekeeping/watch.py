"""Failed and stuck runs as alerts: told by owner, once, and again when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from influx_pipelines.defs.automation import sensor_status
from influx_pipelines.defs.housekeeping.streaks import Outcome, Streaks, outcomes
from influx_pipelines.defs.housekeeping.stuck import Stuck, stuck_runs
from influx_pipelines.resources import AlertStoreResource, EstateResource
from influx_pipelines.server.connection import known_connection
from influx_pipelines.settings import Settings, SettingsError

if TYPE_CHECKING:
    from influx_pipelines.alerts.statuses import Status

FAILURES, STUCK = "run failures", "stuck runs"
OwnerOf = Callable[[str], str]
Tags = Mapping[str, str]


@dg.sensor(
    name="runs_watched",
    minimum_interval_seconds=60,
    default_status=sensor_status(),
    description="Opens an incident when runs of an asset or job fail several times in a row or get "
    "stuck, and ends it with the next success.",
)
def runs_watched(
    context: dg.SensorEvaluationContext, estate: EstateResource, alert_store: AlertStoreResource
) -> dg.SensorResult | dg.SkipReason:
    """Record what runs did; the cursor moves only when the tables have it."""
    from influx_pipelines.alerts.orchestrator import going_on
    from influx_pipelines.alerts.store import record

    now = datetime.now(UTC)
    streaks = Streaks.parse(context.cursor, now.timestamp())
    try:
        settings = estate.settings()
        org, owner_of = organisation_of(settings), _owners(context, settings)
        new = streaks.take_new(context.instance)
        ended = [one for run in new for one in outcomes(context.instance, run)]
        queued = timedelta(minutes=settings.stuck_queued_minutes)
        started = timedelta(minutes=settings.stuck_started_minutes)
        stuck = stuck_runs(context.instance, now, queued, started)
        with alert_store.database() as database, database.session() as session:
            failing = {tags["subject"]: tags for tags in going_on(session, org, FAILURES)}
            hanging = {tags["subject"]: tags for tags in going_on(session, org, STUCK)}
            statuses = _failures(org, streaks, ended, failing, settings, owner_of)
            statuses += _hangings(org, stuck, hanging, now, owner_of)
            done = record(session, statuses)
    except dg.Failure as failure:
        return dg.SkipReason(f"Runs could not be watched: {failure.description}")
    if done.new:
        context.log.info("%d statuses of runs", done.new)
    return dg.SensorResult(cursor=streaks.dump())


def _failures(
    org: str,
    streaks: Streaks,
    ended: list[Outcome],
    failing: dict[str, Tags],
    settings: Settings,
    owner_of: OwnerOf,
) -> list[Status]:
    from influx_pipelines.alerts.orchestrator import status_of

    found = []
    for one in ended:
        count = streaks.count(one)
        time = datetime.fromtimestamp(one.time, UTC)
        tags = {"subject": one.subject, "owner": owner_of(one.subject)}
        if count >= settings.alert_after_failures:
            text = f"{one.subject}: {count} runs failed in a row, the last is {one.run_id}"
            found.append(status_of(org, FAILURES, "crit", text, time, tags))
            failing[one.subject] = tags
        elif one.good and one.subject in failing:
            text = f"{one.subject}: run {one.run_id} succeeded"
            found.append(status_of(org, FAILURES, "ok", text, time, failing.pop(one.subject)))
    return found


def _hangings(
    org: str, stuck: list[Stuck], hanging: dict[str, Tags], now: datetime, owner_of: OwnerOf
) -> list[Status]:
    from influx_pipelines.alerts.orchestrator import status_of

    found = []
    for one in stuck:
        text = f"{one.subject}: run {one.run_id} is {one.state} for too long"
        tags = {"subject": one.subject, "owner": owner_of(one.subject)}
        found.append(status_of(org, STUCK, "crit", text, one.since, tags))
    for subject in sorted(hanging.keys() - {one.subject for one in stuck}):
        text = f"{subject}: no run is stuck any more"
        # The tags that it was opened with: the owner may be another one by now.
        found.append(status_of(org, STUCK, "ok", text, now, hanging[subject]))
    return found


def organisation_of(settings: Settings) -> str:
    """Whose alerts they are; without a server those of the organisation of the settings."""
    try:
        return known_connection(settings).org
    except SettingsError:
        return settings.org or "unknown"


def _owners(context: dg.SensorEvaluationContext, settings: Settings) -> OwnerOf:
    repository = context.repository_def
    owners = {}
    if repository is not None:
        for key, asset in repository.assets_defs_by_key.items():
            owners[key.to_user_string()] = ",".join(asset.specs_by_key[key].owners)
    return lambda subject: owners.get(subject) or settings.owner
