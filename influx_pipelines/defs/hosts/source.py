"""What is expected of the metrics of hosts as data."""

from __future__ import annotations

from datetime import timedelta

from influx_pipelines.quality.source import Limits, Shown, Source, Step
from influx_pipelines.sources.hostmetrics import MEASUREMENTS, Cpu, Disk, Mem, System

# The schedule takes a sample every ten minutes, and `make up` one every 30 s (1 s at the least).
HOST_METRICS = Source(
    asset=("hosts", "metrics"),
    bucket=lambda settings: settings.host_bucket,
    measurements=tuple(MEASUREMENTS.values()),
    every=timedelta(minutes=10),
    series=("host",),
    limits=Limits(oldest=timedelta(minutes=15), rows=(1, 90_000)),
    steps=(
        Step(Mem, "used_percent", rise=40.0),
        Step(Disk, "used_percent", rise=20.0),
    ),
    shown=(
        Shown("Processors, idle", Cpu, "usage_idle", "host", "%", where={"cpu": "cpu-total"}),
        Shown("Memory, used", Mem, "used_percent", "host", "%"),
        Shown("Disks, used", Disk, "used_percent", "path", "%"),
        Shown("Load, one minute", System, "load1", "host", "processes"),
    ),
)
