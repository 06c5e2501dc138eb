"""Tasks as documents: made, changed and deleted together with what their scripts say of them."""

from __future__ import annotations

import time

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, invalid
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.tasks.durations import go_duration, shown
from influx_pipelines.embedded.tasks.options import read_options
from influx_pipelines.embedded.tasks.schedule import next_run, text_of
from influx_pipelines.flux.format import duration_text


def create_task(
    service: Service,
    org: Document,
    owner_id: str,
    flux: str,
    *,
    status: str = "active",
    description: str = "",
    type: str = "system",
) -> Document:
    """A new task; those of checks and rules have another type and are in no list.

    Raises:
        Fault: the options in the script are wrong, or there is no time that they mean.
    """
    now = text_of(int(time.time()))
    task: Document = {"id": service.next_id(), "orgID": org["id"], "org": org["name"]}
    task.update(ownerID=owner_id, status=status, flux=flux, description=description, type=type)
    task.update(createdAt=now, latestCompleted=now, latestScheduled=now)
    _take_options(task)
    try:
        next_run(task, 0)
    except ValueError as error:
        raise Fault("internal error", f"failed to create task: {error}") from None
    _put(service, task)
    return task


def update_task(
    service: Service,
    task: Document,
    *,
    flux: str | None = None,
    status: str | None = None,
    description: str | None = None,
) -> Document:
    """Another script, status or description; None leaves things as they are.

    Raises:
        Fault: the options in the script are wrong.
    """
    now = text_of(int(time.time()))
    if flux is not None:
        task["flux"] = flux
        _take_options(task)
    if description is not None:
        task["description"] = description
    if status not in (None, task["status"]):
        task["status"] = status
        if status == "active":  # what was missed meanwhile stays missed
            task.update(latestCompleted=now, latestScheduled=now)
    elif flux is None and description is None:
        return task
    task["updatedAt"] = now
    _put(service, task)
    return task


def delete_task(service: Service, task: Document) -> None:
    """A task with the runs that are not finished; those under way are stopped."""
    for run in service.database.find("run", name=task["id"]):
        service.database.remove("run", run["id"])
        service.tasks.cancel(run["id"])
    service.database.remove("task", task["id"])


def _put(service: Service, task: Document) -> None:
    service.database.put("task", task, org=task["orgID"], name=task["name"])
    service.tasks.wake(tasks=True)


def _take_options(task: Document) -> None:
    try:
        options = read_options(task["flux"])
    except ValueError as error:
        raise invalid(f"invalid options: {error}") from None
    try:
        offset = go_duration(duration_text(options.offset))
    except ValueError as error:
        raise Fault("internal error", f"unexpected error parsing time: {error}") from None
    task.update(name=options.name, cron=options.cron, concurrency=options.concurrency)
    task.update(every=duration_text(options.every), offset=shown(offset))
