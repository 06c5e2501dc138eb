"""What a job ran on."""

from __future__ import annotations

from influx_pipelines.sources.ci.records import JobRecord


def runs_on(job: JobRecord, *, short: bool = False) -> str:
    """The labels of the runner, joined by commas; short ones end at their first `-`."""
    labels = [label.split("-", 1)[0] if short else label for label in job.runner_labels]
    return ",".join(labels)
