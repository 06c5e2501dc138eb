"""Dagster as `make up` runs it: its definitions, daemons, schedules and sensors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from influx_pipelines.defs.ci.orchestrator.health import read_health
from influx_pipelines.doctor.checks.disk import dagster_storage
from influx_pipelines.doctor.orchestrator.automation import automation
from influx_pipelines.doctor.orchestrator.daemons import daemons
from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject

FRESH = "Dagster never ran in this folder."
DECLARED = "Mend what the error names: `dg check defs` shows it whole."


def orchestrator(subject: Subject) -> Iterator[Result]:
    """What the instance of this folder tells; one that was never used is not made."""
    names: set[str] | None = None
    try:
        names = _automation_in_code()
        yield green("definitions", f"{len(names)} schedules and sensors, and their assets")
    except Exception as error:  # whatever the modules of the definitions raise
        yield red(
            "definitions", f"They cannot be loaded: {type(error).__name__}: {error}", DECLARED
        )
    if os.environ.get("DAGSTER_HOME"):
        text = "DAGSTER_HOME is set: `dagster dev` keeps another history than `make up` and `run`."
        yield yellow("dagster home", text, "Take it away: dagster.yaml of this folder is enough.")
    storage = dagster_storage(subject.root)
    wanted = subject.settings.automation == "running"
    if storage is not None and not (subject.root / storage).exists():
        mend = "Run `make up`."
        yield red("daemons", FRESH, mend) if wanted else yellow("daemons", FRESH, mend)
        return
    with dg.DagsterInstance.from_config(str(subject.root)) as instance:
        health = read_health(instance, datetime.now(UTC))
        yield daemons(health.daemons, wanted=wanted)
        states = {one.instigator_name: one.status.value for one in instance.all_instigator_state()}
    yield from automation(states, names, health.ticks, wanted=wanted)


def _automation_in_code() -> set[str]:
    """The names of the schedules and sensors that the definitions have."""
    from influx_pipelines.definitions import defs

    repository = defs().get_repository_def()
    schedules = {schedule.name for schedule in repository.schedule_defs}
    return schedules | {sensor.name for sensor in repository.sensor_defs}
