"""`influx-pipelines run`: the main job, once, with a summary that a person wants to read."""

from __future__ import annotations

import time

import dagster as dg
import typer

from influx_pipelines.cli.console import out
from influx_pipelines.cli.estate import show_plan
from influx_pipelines.cli.execute import Executed, execute
from influx_pipelines.cli.project import (
    instance_of,
    load_definitions,
    split_by_partition,
)
from influx_pipelines.cli.root import project_root
from influx_pipelines.cli.run_backups import about_backups, backup_keys
from influx_pipelines.cli.run_ci import CONFIG as CI_CONFIG
from influx_pipelines.cli.run_ci import KEYS as CI_KEYS
from influx_pipelines.cli.run_ci import CiOfRun, ci_of, last_days
from influx_pipelines.cli.summary import show_summary
from influx_pipelines.cli.weather import HISTORY, WeatherOfRun, last_week, weather_of
from influx_pipelines.defs.applied import APPLIED
from influx_pipelines.defs.buckets.partitions import PARTITIONS, add_keys, candidates, new_keys
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.defs.weather.automation import MISSING_ONLY
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, load_settings

MAPPINGS = "influx__dbrp_mappings"
# They tell what is left to do, and what was done: they come last.
LAST = [
    dg.AssetKey(["influx", "plan"]),
    dg.AssetKey(["ci", "dagster_runs"]),
    dg.AssetKey(["quality", "ingest_report"]),
]


def run() -> None:
    """Bring the estate up, take host metrics, materialize every asset, print a summary."""
    started = time.monotonic()
    root = project_root()
    settings = load_settings()
    with running_server(settings) as connection:
        out.print(f"InfluxDB      {connection.url}  ({_who(connection)})")
        out.print(f"Organization  {connection.org}")
        if not connection.ours:
            out.print("Not started by this project: only what is missing is created.")
            show_plan(settings, connection)
        weather = weather_of(settings, connection)
        out.print(f"Weather       {weather.about}")
        ci = ci_of(settings, connection)
        out.print(f"CI jobs       {ci.about}")
        out.print(f"Backups       {about_backups(settings, connection)}")
        with instance_of(root) as instance:
            runs = materialize_all(instance, settings, connection, weather, ci)
    took = time.monotonic() - started
    ok = show_summary(runs, took, root, connection)
    if not ok:
        raise typer.Exit(1)


def _who(connection: Connection) -> str:
    return "given by INFLUXDB_URL" if not connection.ours else f"{connection.kind}, started by us"


def materialize_all(
    instance: dg.DagsterInstance,
    settings: Settings,
    connection: Connection,
    weather: WeatherOfRun,
    ci: CiOfRun,
) -> list[Executed]:
    """Materialize the assets without partitions, those of days and buckets, then the last ones.

    A backup of all that comes at the end, where the server is ours.
    """
    definitions = load_definitions()
    plain, per_bucket = split_by_partition(definitions)
    careful = {"config": {"create_only": not connection.ours}}
    applying = APPLIED.resolve(definitions.resolve_asset_graph())
    config = {"__".join(key.path): careful for key in applying}
    backups = backup_keys(definitions)
    left_out = {*LAST} | backups | weather.left_out | ci.left_out
    late = [key for key in plain if ci.reads_jobs(key) and key not in left_out]
    before = [key for key in plain if key not in left_out and key not in late]
    first = execute(definitions, instance, before, config=config)
    keys = _partitions(instance, settings, connection) if first.succeeded else []
    if not keys:
        return [first]
    second = execute(
        definitions,
        instance,
        per_bucket,
        tags={RANGE_START: keys[0], RANGE_END: keys[-1]},
        config={MAPPINGS: careful},
    )
    days = []
    if weather.history:
        missing = MISSING_ONLY["ops"]
        days.append(execute(definitions, instance, [HISTORY], tags=last_week(), config=missing))
    if ci.live:
        days.append(execute(definitions, instance, CI_KEYS, tags=last_days(), config=CI_CONFIG))
        days.append(execute(definitions, instance, late))
    runs = [first, second, *days, execute(definitions, instance, LAST)]
    if connection.ours:
        runs.append(execute(definitions, instance, sorted(backups)))
    return runs


def _partitions(
    instance: dg.DagsterInstance, settings: Settings, connection: Connection
) -> list[str]:
    """The partitions after those of new buckets were added, as the sensor adds them."""
    with connection.client(settings) as client:
        buckets, _ = candidates(client.buckets())
    listed = {bucket.name for bucket in buckets}
    add_keys(instance, new_keys(buckets, instance.get_dynamic_partitions(PARTITIONS)))
    for gone in set(instance.get_dynamic_partitions(PARTITIONS)) - listed:
        instance.delete_dynamic_partition(PARTITIONS, gone)
    return list(instance.get_dynamic_partitions(PARTITIONS))
