"""Ticks of schedules and sensors, of those too that nobody runs any more."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec

# The longest of `retention` in dagster.yaml, by which Dagster purges what runs, and only that.
KEPT = timedelta(days=90)
AT_ONCE = 10_000
KEY = ["housekeeping", "ticks"]

BOUNDED = check_spec("ticks_are_bounded", asset=KEY, description="No tick is older than 90 days.")


@dataclass(frozen=True)
class TicksPurged:
    """How many ticks went, and how many are there that should have gone."""

    purged: int
    left: int
    instigators: int


@managed_asset(key=KEY, group_name="housekeeping", code_version="1", check_specs=[BOUNDED])
def ticks(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Ticks of all schedules and sensors that were ever seen; those older than 90 days are gone."""
    limit = datetime.now(UTC) - KEPT
    purged = purge_ticks(context.instance, limit)
    return dg.MaterializeResult(
        metadata={
            "summary": f"{purged.purged} old ticks deleted",
            "deleted_ticks": purged.purged,
            "schedules_and_sensors": purged.instigators,
        },
        check_results=[bounded(purged, limit)],
    )


def purge_ticks(instance: dg.DagsterInstance, before: datetime) -> TicksPurged:
    """Delete the ticks before a time; counted are at most 10,000 of each schedule and sensor."""
    purged = left = 0
    states = instance.all_instigator_state()
    for state in states:
        names, until = (state.instigator_origin_id, state.selector_id), before.timestamp()
        old = len(instance.get_ticks(*names, before=until, limit=AT_ONCE))
        if old:
            instance.purge_ticks(*names, before=until)
            remaining = len(instance.get_ticks(*names, before=until, limit=AT_ONCE))
            purged, left = purged + old - remaining, left + remaining
    return TicksPurged(purged, left, len(states))


def bounded(purged: TicksPurged, limit: datetime) -> dg.AssetCheckResult:
    """Judge a purge by what is left."""
    return dg.AssetCheckResult(
        check_name=BOUNDED.name,
        passed=purged.left == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"old_ticks_left": purged.left, "older_than": limit.isoformat()},
    )
