"""Finished runs and their steps as points; IDs are fields, so that series stay few.

The time of a point is the end of what it tells. Two runs can end in one instant and would be one
point then: the time is kept to the millisecond, and what follows is made from the run's ID. The
same run is the same point however often it is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from influx_pipelines.influx.measurement import Field, Measurement, Tag

NONE = "none"
LONGEST = 500  # characters of a list
MILLISECOND = 1_000_000  # in nanoseconds
# What Dagster puts around the exception of a step, and what our resources turn theirs into.
WRAPPERS = ("Dagster", "Failure", "RetryRequested")


class RunPoint(Measurement, name="dagster_run"):
    """A run that has ended."""

    job = Tag("Name of the job.")
    status = Tag("SUCCESS, FAILURE or CANCELED.")
    launched_by = Tag("schedule, sensor, backfill or hand.")
    failure = Tag("Class of the exception, or Dagster's reason; `none` of a success.")
    run_id = Field(str, "", "ID of the run.")
    partition = Field(str, "", "Key of the partition, first...last of a range.")
    duration_seconds = Field(float, "s", "From its beginning to its end.")
    queue_seconds = Field(float, "s", "From the request to its beginning.")
    retries = Field(int, "", "How often the run was tried before.")
    steps = Field(int, "", "Steps that began.")
    failed_steps = Field(int, "", "Steps that failed.")


class StepPoint(Measurement, name="dagster_step"):
    """A step that began in a run that has ended."""

    job = Tag("Name of the job.")
    step = Tag("Key of the step; copies of a dynamic one are one.")
    asset = Tag("Asset that the step makes, `none` or `several`: a subset would be a series each.")
    status = Tag("SUCCESS, FAILURE, or INTERRUPTED when its process went away.")
    failure = Tag("Class of the exception; `none` of a success.")
    run_id = Field(str, "", "ID of the run.")
    assets = Field(str, "", "Assets that the step makes, the first of many.")
    partition = Field(str, "", "Key of the partition, first...last of a range.")
    duration_seconds = Field(float, "s", "From its first beginning to its end, retries included.")
    queue_seconds = Field(float, "s", "From the beginning of the run to that of the step.")
    retries = Field(int, "", "How often the step was tried again.")


@dataclass(frozen=True)
class Step:
    """A step that began; times are seconds since 1970."""

    key: str
    began: float
    ended: float
    status: str
    assets: tuple[str, ...] = ()
    failure: str = NONE
    retries: int = 0


@dataclass(frozen=True)
class Run:
    """A run that has ended; times are seconds since 1970, `began` is None when it never did."""

    id: str
    job: str
    status: str
    launched_by: str
    created: float
    began: float | None
    ended: float
    partition: str = ""
    failure: str = NONE
    retries: int = 0
    steps: tuple[Step, ...] = ()


def run_row(run: Run) -> dict[str, Any]:
    """The point of a run."""
    began = run.began
    return {
        "time": point_time(run.ended, run.id),
        "job": run.job,
        "status": run.status,
        "launched_by": run.launched_by,
        "failure": run.failure,
        "run_id": run.id,
        "partition": run.partition or None,
        "duration_seconds": 0.0 if began is None else _between(began, run.ended),
        "queue_seconds": _between(run.created, run.ended if began is None else began),
        "retries": run.retries,
        "steps": len(run.steps),
        "failed_steps": sum(step.status != "SUCCESS" for step in run.steps),
    }


def step_rows(run: Run) -> list[dict[str, Any]]:
    """The points of its steps."""
    return [
        {
            "time": point_time(step.ended, f"{run.id} {step.key}"),
            "job": run.job,
            "step": step.key.partition("[")[0],
            "asset": step.assets[0] if len(step.assets) == 1 else _number(step.assets),
            "assets": ", ".join(step.assets)[:LONGEST] or None,
            "status": step.status,
            "failure": step.failure,
            "run_id": run.id,
            "partition": run.partition or None,
            "duration_seconds": _between(step.began, step.ended),
            "queue_seconds": _between(step.began if run.began is None else run.began, step.began),
            "retries": step.retries,
        }
        for step in run.steps
    ]


def point_time(seconds: float, identity: str) -> int:
    """Nanoseconds since 1970: the millisecond, and below it a number that the identity gives."""
    digest = hashlib.sha256(identity.encode()).digest()
    return int(seconds * 1000) * MILLISECOND + int.from_bytes(digest[:8]) % MILLISECOND


def failure_class(chain: Sequence[str]) -> str:
    """The class that tells most, of an exception and its causes, the outermost one first.

    Only names of classes are kept: a message may hold what nobody should read.
    """
    told = [name for name in chain if not name.startswith(WRAPPERS)]
    return (told or list(chain[:1]) or ["unknown"])[0][:100]


def _number(assets: Sequence[str]) -> str:
    return "several" if assets else NONE


def _between(start: float, end: float) -> float:
    """Seconds; clocks of two machines differ, and no time is negative."""
    return round(max(end - start, 0.0), 6)
