"""What holds for all assets: owner, kinds, freshness by one mapping; retries by one decorator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import dagster as dg

# Two more tries after 2 s and 4 s: long enough for a server that restarts, short for a person.
RETRY = dg.RetryPolicy(
    max_retries=2, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)

# One writer of server objects at a time (`concurrency.pools.default_limit` in dagster.yaml).
ADMIN_POOL = "influx_admin"
# One step at a time that makes, reads or removes backups, of all runs.
BACKUP_POOL = "backups"

KINDS: dict[str, set[str]] = {
    "influx": {"influxdb"},
    "hosts": {"influxdb", "python"},
    "alerts": {"influxdb", "sql"},
    "housekeeping": {"dagster"},
    "quality": {"influxdb", "file"},
    "transfer": {"influxdb", "file"},
    "weather": {"influxdb", "python"},
    "ci": {"influxdb", "python"},
    "backups": {"influxdb", "file"},
}

# Nothing runs these but a person, and they never get stale: most do nothing without being told
# what, and a sample shows something where there is no network.
BY_HAND = frozenset(
    {
        ("transfer", "imports"),
        ("influx", "task_backfill"),
        ("weather", "sample"),
        ("ci", "sample"),
    }
)

HOURLY, NIGHTLY = timedelta(hours=3), timedelta(hours=26)

# "It did not run": how long after a materialization the next one is missed; longer than the
# interval of its schedule.
FRESHNESS: dict[tuple[str, ...], timedelta] = {
    ("influx", "server"): HOURLY,
    ("influx", "upgrade_report"): NIGHTLY,
    ("influx", "plan"): HOURLY,
    ("influx", "task_runs"): HOURLY,
    ("influx", "buckets"): NIGHTLY,
    ("influx", "labels"): NIGHTLY,
    ("influx", "secrets"): NIGHTLY,
    ("influx", "tokens"): NIGHTLY,
    ("influx", "token_report"): NIGHTLY,
    ("influx", "variables"): NIGHTLY,
    ("influx", "telegraf_configs"): NIGHTLY,
    ("influx", "tasks"): NIGHTLY,
    ("influx", "monitoring_checks"): NIGHTLY,
    ("influx", "notification_endpoints"): NIGHTLY,
    ("influx", "notification_rules"): NIGHTLY,
    ("influx", "dashboards"): NIGHTLY,
    ("influx", "dbrp_mappings"): NIGHTLY,
    ("influx", "bucket_profile"): NIGHTLY,
    ("transfer", "exports"): NIGHTLY,
    ("hosts", "metrics"): timedelta(minutes=30),
    ("alerts", "statuses"): timedelta(minutes=45),
    ("alerts", "incidents"): timedelta(minutes=45),
    ("alerts", "deliveries"): timedelta(minutes=45),
    ("weather", "current"): timedelta(minutes=90),
    ("weather", "history"): NIGHTLY,
    ("ci", "runs"): HOURLY,
    ("ci", "jobs"): HOURLY,
    ("ci", "failure_statistics"): NIGHTLY,
    ("ci", "last_seen_failures"): NIGHTLY,
    ("ci", "runner_minutes"): NIGHTLY,
    ("ci", "queue_time"): NIGHTLY,
    ("ci", "flaky_tests"): NIGHTLY,
    ("ci", "dagster_runs"): timedelta(minutes=30),
    ("quality", "ingest_report"): NIGHTLY,
    ("backups", "backup"): NIGHTLY,
    ("backups", "inventory"): NIGHTLY,
    ("backups", "verification"): NIGHTLY,
    ("backups", "copies"): NIGHTLY,
    ("backups", "retention"): NIGHTLY,
    ("backups", "restore_test"): NIGHTLY,
    ("housekeeping", "run_history"): timedelta(hours=50),
    ("housekeeping", "event_logs"): timedelta(hours=50),
    ("housekeeping", "ticks"): timedelta(hours=50),
    ("housekeeping", "bucket_partitions"): timedelta(hours=50),
    ("housekeeping", "job_logs"): timedelta(hours=50),
    ("housekeeping", "delivery_history"): timedelta(hours=50),
    ("housekeeping", "backup_partials"): timedelta(hours=50),
    ("housekeeping", "standing_failures"): timedelta(hours=50),
}


def managed_asset(**options: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """`dg.asset` with our retry policy, unless another one is given."""
    return partial(dg.asset, **{"retry_policy": RETRY, **options})()


def with_policies(spec: dg.AssetSpec, *, owner: str) -> dg.AssetSpec:
    """The spec with its owner, its kinds and, unless it has its own, its freshness policy."""
    path = tuple(spec.key.path)
    kinds = {*spec.kinds, *KINDS.get(path[0], set())}
    spec = spec.replace_attributes(owners=[owner], kinds=kinds)
    if window := FRESHNESS.get(path):
        policy = dg.FreshnessPolicy.time_window(fail_window=window)
        spec = dg.apply_freshness_policy(spec, policy, overwrite_existing=False)
    return spec
