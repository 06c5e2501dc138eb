"""Execute assets in this process while a progress display follows Dagster's own events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import dagster as dg
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from influx_pipelines.cli.console import out

POLL_SECONDS = 0.2
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Outcome:
    """What a run did with one asset."""

    asset: str
    state: str = "not reached"
    seconds: float = 0.0
    error: str = ""
    materializations: list[Mapping[str, Any]] = field(default_factory=list)
    checks: list[dg.AssetCheckEvaluation] = field(default_factory=list)


@dataclass
class Executed:
    """A finished run and what became of each asset in it."""

    run_id: str
    succeeded: bool
    outcomes: list[Outcome]
    error: str = ""


def execute(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    keys: Sequence[dg.AssetKey],
    *,
    tags: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Executed:
    """Materialize the assets in one run of this process, with a progress display."""
    job = definitions.resolve_implicit_global_asset_job_def()
    run_id = str(uuid4())
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(
            job.execute_in_process,
            instance=instance,
            asset_selection=list(keys),
            run_id=run_id,
            raise_on_error=False,
            tags=dict(tags or {}),
            run_config={**QUIET, "ops": dict(config or {})},
        )
        with _progress() as display:
            task = display.add_task("", total=len(keys), asset="starting")
            while not future.done():
                _follow(display, task, instance, run_id)
                try:
                    future.result(POLL_SECONDS)
                except TimeoutError:
                    continue
            _follow(display, task, instance, run_id)
        succeeded = future.result().success
    found = outcomes(instance, run_id, _steps(definitions, keys))
    return Executed(run_id, succeeded, found, _run_error(instance, run_id))


def _steps(
    definitions: dg.Definitions, keys: Sequence[dg.AssetKey]
) -> dict[str, list[dg.AssetKey]]:
    """Step → the assets among these that it makes."""
    steps: dict[str, list[dg.AssetKey]] = {}
    for asset in definitions.resolve_asset_graph().assets_defs:
        made = [key for key in keys if key in asset.keys]
        if made:
            steps.setdefault(asset.node_def.name, []).extend(made)
    return steps


def _run_error(instance: dg.DagsterInstance, run_id: str) -> str:
    """Why the run itself failed, outside of every step."""
    kinds = {dg.DagsterEventType.RUN_FAILURE}
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        error = event.job_failure_data.error if event is not None else None
        if error is not None:
            return error.message.strip()
    return ""


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[asset]}"),
        TimeElapsedColumn(),
        console=out,
        transient=True,
    )


def _follow(display: Progress, task: Any, instance: dg.DagsterInstance, run_id: str) -> None:
    if not instance.has_run(run_id):
        return
    steps = {
        dg.DagsterEventType.STEP_START,
        dg.DagsterEventType.STEP_SUCCESS,
        dg.DagsterEventType.STEP_FAILURE,
    }
    records = instance.get_records_for_run(run_id, of_type=steps).records
    if not records:
        return
    last = records[-1].event_log_entry.dagster_event
    ended = sum(
        1
        for record in records
        if (event := record.event_log_entry.dagster_event) is not None
        and event.event_type != dg.DagsterEventType.STEP_START
    )
    name = (last.step_key or "") if last is not None else ""
    display.update(task, completed=ended, asset=name.replace("__", "/"))


def outcomes(
    instance: dg.DagsterInstance, run_id: str, steps: Mapping[str, Sequence[dg.AssetKey]]
) -> list[Outcome]:
    """Read from the history what a run did with each asset.

    Args:
        instance: with the history.
        run_id: of the run.
        steps: step → the assets that it makes.
    """
    keys_of_run = sorted(key for keys in steps.values() for key in keys)
    found = {key: Outcome("/".join(key.path)) for key in keys_of_run}
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None:
            continue
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            made = event.step_materialization_data.materialization
            found[made.asset_key].materializations.append(made.metadata)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data  # it may have a step of its own
            found[check.asset_key].checks.append(check)
        else:
            for key in steps.get(event.step_key or "", ()):
                _take(found[key], event)
    return list(found.values())


def _take(outcome: Outcome, event: dg.DagsterEvent) -> None:
    """What became of the step."""
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        outcome.state = "done"
        outcome.seconds = event.step_success_data.duration_ms / 1000
    elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
        outcome.state = "failed"
        outcome.error = _reason(event)
    elif event.event_type == dg.DagsterEventType.STEP_SKIPPED:
        outcome.state = "skipped"


def _reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    return data.error.message.strip() if data.error is not None else ""
