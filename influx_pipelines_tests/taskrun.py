"""A run of a task, checks and rules are ones too, to its end."""

from __future__ import annotations

import time
from datetime import datetime

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.taskruns import TaskRuns

SECONDS = 20


def run_task(client: Influx, task: str, due: datetime) -> None:
    """Run a task as if it were that time.

    Raises:
        AssertionError: it failed, or did not end; its log is told.
    """
    runs = TaskRuns(client, task)
    run = runs.start(due)
    deadline = time.monotonic() + SECONDS
    while run.status not in ("success", "failed"):
        assert time.monotonic() < deadline, run
        time.sleep(0.02)
        run = runs.get(run.id)
    assert run.status == "success", run.log
