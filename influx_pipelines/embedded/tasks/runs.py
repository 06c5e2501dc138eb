"""Runs: those to come and under way are documents, finished ones are points of `_tasks`."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.values import format_time, unbounded_time
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.line import Key, Point
from influx_pipelines.embedded.tasks.schedule import SECOND, seconds, text_of

NEVER = "0001-01-01T00:00:00Z"
PAUSE = SECOND // 4
LOOK_BACK = 14 * 86_400 * 1_000_000_000
# Errors that nobody but a person can do away with.
_UNRECOVERABLE = ("could not find bucket", "could not parse Flux script")


def now_text() -> str:
    """The time, to the nanosecond."""
    return format_time(time.time_ns())


def new_run(
    service: Service, task: Document, scheduled: int, *, begin: int = 0, requested: str = ""
) -> Document:
    """A run that is to come, for a time in seconds; it begins at a time in nanoseconds."""
    run: Document = {"id": service.next_id(), "taskID": task["id"], "begin": begin}
    run.update(status="scheduled", scheduledFor=text_of(scheduled), requestedAt=requested, log=[])
    service.database.put("run", run, org=task["orgID"], name=task["id"])
    service.tasks.wake()
    return run


def run_by_hand(service: Service, task: Document, scheduled: int, *, asked: bool) -> Document:
    """A run that waits for its time; it may say when it was asked for.

    The real server looks for such runs once a second, so that whoever asks right after making one
    sees it scheduled.
    """
    now = time.time_ns()
    begin = max(scheduled * SECOND, now + PAUSE)
    return new_run(service, task, scheduled, begin=begin, requested=format_time(now) * asked)


def note(run: Document, message: str) -> None:
    """A line in the log of a run."""
    run["log"].append({"runID": run["id"], "time": now_text(), "message": message})


def start_run(service: Service, task: Document, run: Document) -> None:
    """Mark a run as under way."""
    script = json.dumps(task["flux"], ensure_ascii=False)  # as Go quotes all but rare characters
    note(run, f"Started task from script: {script}")
    run.update(status="started", startedAt=now_text())
    service.database.rewrite("run", run)


def finish_run(service: Service, run: Document, error: str | None) -> None:
    """Turn a run into points, and tell its task; a run that is gone meanwhile stays so."""
    with service.database.writing():
        task = service.database.get("task", run["taskID"])
        if not service.database.remove("run", run["id"]) or task is None:
            return
        run.update(status="failed" if error else "success", finishedAt=now_text())
        note(run, f"Completed({run['status']})")
        if error:
            note(run, error)
            if any(text in error for text in _UNRECOVERABLE):
                text = "Task encountered unrecoverable error, requires admin action"
                note(run, f"{text}: {error}")
        # The real server takes the last line but one, whatever it says.
        task["lastRunError"] = run["log"][-2]["message"] if error else ""
        task["lastRunStatus"] = run["status"]
        if seconds(run["scheduledFor"]) > seconds(task["latestCompleted"]):
            task["latestCompleted"] = run["scheduledFor"]
        service.database.rewrite("task", task)
        _write(service, task, run)


def _write(service: Service, task: Document, run: Document) -> None:
    logs = json.dumps(run["log"], ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":  # as Go writes them in JSON
        logs = logs.replace(letter, f"\\u{ord(letter):04x}")
    texts = {name: run.get(name, NEVER) for name in ("startedAt", "finishedAt", "scheduledFor")}
    texts["requestedAt"] = text_of(seconds(run["requestedAt"] or NEVER))
    texts.update(runID=run["id"], name=task["name"], logs=logs, flux="", ot_trace_id="")
    fields: list[tuple[str, str, Any]] = [(name, "string", text) for name, text in texts.items()]
    fields.append(("ot_trace_sampled", "bool", False))
    key = Key("runs", (("status", run["status"]), ("taskID", run["taskID"])))
    moment = unbounded_time(run.get("startedAt") or run["finishedAt"])
    service.points.write(_bucket(service, task), [Point(key, fields, moment)])


def _bucket(service: Service, task: Document) -> Document:
    return service.database.find("bucket", org=task["orgID"], name="_tasks")[0]


def finished_runs(
    service: Service, task: Document, wanted: Callable[[Document], bool], limit: int
) -> list[Document]:
    """Finished runs that are still in the bucket, by the time that they were scheduled for."""
    bucket, now = _bucket(service, task), time.time_ns()
    found: dict[tuple[int, str], Document] = {}
    parts = [one for one in service.points.series(bucket["id"]) if _is_of(one, task)]
    for part in parts:
        if part.field in ("runID", "scheduledFor"):
            for when, value in service.points.read(bucket, part, now - LOOK_BACK, now + 1):
                found.setdefault((when, part.tags["status"]), {})[part.field] = value
    places = [place for place in sorted(found) if len(found[place]) == 2 and wanted(found[place])]
    places.sort(key=lambda place: str(found[place]["scheduledFor"]), reverse=True)
    return [_read(service, bucket, parts, place) for place in places[:limit]]


def _is_of(part: Series, task: Document) -> bool:
    return part.measurement == "runs" and part.tags.get("taskID") == task["id"]


def _read(
    service: Service, bucket: Document, parts: list[Series], place: tuple[int, str]
) -> Document:
    when, status = place
    fields: Document = {}
    for part in parts:
        if part.tags["status"] == status:
            for _, value in service.points.read(bucket, part, when, when + 1):
                fields[part.field] = value
    times = ("startedAt", "finishedAt", "requestedAt")
    run = {name: fields[name] for name in times if fields.get(name, NEVER) != NEVER}
    run.update(id=fields["runID"], taskID=parts[0].tags["taskID"], status=status, log=[])
    run["scheduledFor"] = fields["scheduledFor"]
    with contextlib.suppress(ValueError):  # anybody may have written there
        run["log"] = json.loads(fields.get("logs", ""))
    return run
