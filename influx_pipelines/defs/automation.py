"""Whether schedules and sensors start by themselves: in `make up`, not in a plain `dagster dev`."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.settings import load_definition_settings


def schedule_status() -> dg.DefaultScheduleStatus:
    """RUNNING when `INFLUX_PIPELINES_AUTOMATION` is `running`."""
    running = load_definition_settings().automation == "running"
    return dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED


def sensor_status() -> dg.DefaultSensorStatus:
    """RUNNING when `INFLUX_PIPELINES_AUTOMATION` is `running`."""
    running = load_definition_settings().automation == "running"
    return dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED


def without_quality(key: list[str], *own: dg.AssetCheckSpec) -> dg.AssetSelection:
    """An asset with its own asset checks; its data is judged on a schedule of its own."""
    asset = dg.AssetSelection.assets(key).without_checks()
    return asset | dg.AssetSelection.checks(*(spec.key for spec in own))
