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

KINDS: dict[str, set[str]] = {
    "influx": {"influxdb"},
    "hosts": {"influxdb", "python"},
    "housekeeping": {"dagster"},
    "transfer": {"influxdb", "file"},
}

# Nothing runs these but a person; they do nothing without being told what, and never get stale.
BY_HAND = frozenset({("transfer", "imports")})

# "It did not run": a bit more than twice the interval of the schedule that materializes it.
FRESHNESS: dict[tuple[str, ...], dg.FreshnessPolicy] = {
    ("influx", "server"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3)),
    ("influx", "buckets"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "labels"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "secrets"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "variables"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "task_runs"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3)),
    ("influx", "tasks"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "dashboards"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "telegraf_configs"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "monitoring_checks"): dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=26)
    ),
    ("influx", "notification_endpoints"): dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=26)
    ),
    ("influx", "notification_rules"): dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=26)
    ),
    ("influx", "plan"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3)),
    ("influx", "tokens"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "token_report"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "dbrp_mappings"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("influx", "bucket_profile"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("hosts", "metrics"): dg.FreshnessPolicy.time_window(fail_window=timedelta(minutes=30)),
    ("transfer", "exports"): dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26)),
    ("housekeeping", "run_history"): dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=50)
    ),
}


def managed_asset(**options: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """`dg.asset` with our retry policy, unless another one is given."""
    return partial(dg.asset, **{"retry_policy": RETRY, **options})()


def with_policies(spec: dg.AssetSpec, *, owner: str) -> dg.AssetSpec:
    """The spec with its owner, its kinds and, unless it has its own, its freshness policy."""
    path = tuple(spec.key.path)
    spec = spec.replace_attributes(owners=[owner], kinds={*spec.kinds, *KINDS.get(path[0], set())})
    policy = FRESHNESS.get(path)
    return dg.apply_freshness_policy(spec, policy, overwrite_existing=False) if policy else spec
