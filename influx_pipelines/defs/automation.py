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
