"""The declared sources, one a line; each is declared in the folder of its topic."""

from __future__ import annotations

from influx_pipelines.defs.ci.orchestrator.source import DAGSTER_RUNS
from influx_pipelines.defs.ci.source import CI_JOBS
from influx_pipelines.defs.hosts.source import HOST_METRICS
from influx_pipelines.defs.weather.source import CURRENT_WEATHER
from influx_pipelines.quality.source import Source

SOURCES: tuple[Source, ...] = (
    HOST_METRICS,
    CURRENT_WEATHER,
    CI_JOBS,
    DAGSTER_RUNS,
)
