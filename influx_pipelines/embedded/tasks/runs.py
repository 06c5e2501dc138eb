"""Runs: those to come and under way are documents, finished ones are points of `_tasks`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.values import format_time
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.lineprotocol import Key, Point
from influx_pipelines.embedded.tasks.schedule import seconds, text_of

NEVER = "0001-01-01T00:00:00Z"
LOOK_BACK = 14 * 86_400 * 1_000_000_000
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES.update({"\v": "\\v", '"': '\\"', "\\": "\\\\"})
# Errors that nobody but a person can do away with.
_UNRECOVERABLE = ("could not find bucket", "could not parse Flux script")


def now_text() -> str:
    """The time, to the nanosecond."""
    return format_time(time.time_ns())


def new_run(service: Service, task: Document, scheduled: int, *, by_hand: bool) -> Document:
    """A run that is to come, for a time in seconds."""
    run: Document = {"id": service.next_id(), "taskID": task["id"], "orgID": task["orgID"]}
    run.update(status="scheduled", scheduledFor=text_of(scheduled), log=[])
    if by_hand:
        run["requestedAt"] = now_text()
    service.database.put("run", run, org=task["orgID"], name=task["id"])
    service.tasks.wake()
    return run


def note(run: Document, message: str) -> None:
    """A line in the log of a run."""
    run["log"].append({"runID": run["id"], "time": now_text(), "message": message})


def start_run(service: Service, task: Document, run: Document) -> None:
    """Mark a run as under way."""
    note(run, f"Started task from script: {quoted(task['flux'])}")
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
    texts["requestedAt"] = text_of(seconds(run.get("requestedAt", NEVER)))
    texts.update(runID=run["id"], name=task["name"], logs=logs, flux="", ot_trace_id="")
    fields: list[tuple[str, str, Any]] = [(name, "string", text) for name, text in texts.items()]
    fields.append(("ot_trace_sampled", "bool", False))
    key = Key("runs", (("status", run["status"]), ("taskID", run["taskID"])))
    service.points.write(_bucket(service, task), [Point(key, fields, time.time_ns())])


def _bucket(service: Service, task: Document) -> Document:
    return service.database.find("bucket", org=task["orgID"], name="_tasks")[0]


def finished_runs(
    service: Service, task: Document, wanted: Callable[[Document], bool], limit: int
) -> list[Document]:
    """Finished runs that are still in the bucket, by the time that they were scheduled for."""
    bucket, now = _bucket(service, task), time.time_ns()
    found: dict[tuple[str, int], Document] = {}
    all_series = [s for s in service.points.series(bucket["id"]) if _is_of(s, task)]
    for series in all_series:
        if series.field in ("runID", "scheduledFor"):
            for when, value in service.points.read(bucket, series, now - LOOK_BACK, now + 1):
                found.setdefault((series.tags["status"], when), {})[series.field] = value
    places = [place for place, fields in sorted(found.items(), key=_when) if wanted(fields)]
    places.sort(key=lambda place: str(found[place]["scheduledFor"]), reverse=True)
    return [_read(service, bucket, all_series, place) for place in places[:limit]]


def _when(item: tuple[tuple[str, int], Document]) -> int:
    return item[0][1]


def _is_of(series: Series, task: Document) -> bool:
    return series.measurement == "runs" and series.tags.get("taskID") == task["id"]


def _read(
    service: Service, bucket: Document, all_series: list[Series], place: tuple[str, int]
) -> Document:
    status, when = place
    fields: Document = {}
    for series in all_series:
        if series.tags["status"] == status:
            for _, value in service.points.read(bucket, series, when, when + 1):
                fields[series.field] = value
    times = ("scheduledFor", "startedAt", "finishedAt", "requestedAt")
    run = {name: fields[name] for name in times if fields.get(name, NEVER) != NEVER}
    run.update(id=fields["runID"], taskID=all_series[0].tags["taskID"], status=status)
    return {**run, "log": json.loads(fields["logs"])}


def quoted(text: str) -> str:
    """A text as Go quotes it."""

    def letter(found: str) -> str:
        number = ord(found)
        if found in _ESCAPES or found.isprintable():
            return _ESCAPES.get(found, found)
        if number < 0x80:
            return f"\\x{number:02x}"
        return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

    return f'"{"".join(map(letter, text))}"'
