"""Runs of tasks: made by hand, listed, cancelled, their logs."""

from __future__ import annotations

import time
from math import inf

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.values import unbounded_time
from influx_pipelines.embedded.http.answers import Fault, failing, invalid, not_found
from influx_pipelines.embedded.http.call import ANONYMOUS, Call, parse_id
from influx_pipelines.embedded.http.gotime import go_time
from influx_pipelines.embedded.http.paging import asked_limit
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.tasks import DECODE, PATH, TASK, allowed
from influx_pipelines.embedded.tasks.runs import finished_runs, run_by_hand
from influx_pipelines.embedded.tasks.schedule import SECOND, seconds

RUNS = PATH + "/{id}/runs"
ONE = RUNS + "/{run}"
MAX_BODY = 1000  # a longer body is not read
MAX_WAIT = 5.0  # seconds that a cancelled run gets to come to its end


def _view(run: Document) -> Document:
    task = f"{PATH}/{run['taskID']}"
    base = f"{task}/runs/{run['id']}"
    links = {"self": base, "task": task, "logs": f"{base}/logs", "retry": f"{base}/retry"}
    shown = {name: value for name, value in run.items() if name != "begin" and value}
    return {"links": links, **shown}


def _find(call: Call, task: Document) -> Document:
    run_id = parse_id(call.path["run"])
    run = call.database.get("run", run_id)
    if run is not None and run["taskID"] == task["id"]:
        return run
    found = finished_runs(call.service, task, lambda run: run["runID"] == run_id, 1)
    if not found:
        raise not_found("run not found")
    return found[0]


def _runs(
    call: Call, task: Document, limit: int = 100, low: float = -inf, high: float = inf
) -> list[Document]:
    """Runs to come and under way, then finished ones by the time they were scheduled for."""
    until = time.time_ns() if high == inf else high

    def within(run: Document) -> bool:
        return low < unbounded_time(run["scheduledFor"]) < until

    found = [r for r in call.database.find("run", name=task["id"]) if within(r)][:limit]
    if len(found) == limit:
        return found
    if -inf < low and low >= until:
        raise Fault("internal error", "given after time must be prior to before time")
    wanted = within if low > -inf or high < inf else lambda run: True
    return found + finished_runs(call.service, task, wanted, limit - len(found))


@route("GET", RUNS)
def runs(call: Call) -> Response:
    """Runs of a task."""
    query = call.query
    with failing(DECODE, "invalid"):
        call.id()
        if query.get("after"):
            parse_id(query["after"])
        limit = asked_limit(call, "run limit is out of bounds, must be between 1 and 500")
        low = go_time(query["afterTime"]) if query.get("afterTime") else -inf
        high = go_time(query["beforeTime"]) if query.get("beforeTime") else inf
        if low >= high:
            raise invalid("beforeTime must be later than afterTime")
    task = allowed(call, "read", "failed to find runs")
    with failing("failed to find runs"):
        found = _runs(call, task, limit, low, high)
    if query.get("after"):  # the real server finds no finished runs after an ID
        found = [run for run in found if "begin" in run]
    base = f"{PATH}/{task['id']}"
    links = {"self": f"{base}/runs", "task": base}
    return TASK.reply({"links": links, "runs": [_view(run) for run in found]})


@change("POST", RUNS)
def force(call: Call) -> Response:
    """A run for a time of one's choice, by default for now."""
    with failing(DECODE, "invalid"):
        call.id()
        sent = 0 < len(call.body) < MAX_BODY
        text = call.json(ANONYMOUS, prefix="").text("scheduledFor") if sent else ""
        moment = go_time(text) // SECOND if text else int(time.time())
    task = allowed(call, "write", "failed to force run", active=True)
    return TASK.reply(_view(run_by_hand(call.service, task, moment, asked=True)), 201)


@change("POST", ONE + "/retry")
def retry(call: Call) -> Response:
    """A new run for the same time; that of one without an end does not say who asked for it."""
    task = _task_of_run(call, "write", "failed to retry run", active=True)
    with failing("failed to retry run"):
        found = _find(call, task)
    ended = found["status"] in ("success", "failed")
    moment = seconds(found["scheduledFor"])
    return TASK.reply(_view(run_by_hand(call.service, task, moment, asked=ended)))


@route("GET", ONE)
def run(call: Call) -> Response:
    """One run."""
    task = _task_of_run(call, "read", "failed to find run")
    with failing("failed to find run"):
        return TASK.reply(_view(_find(call, task)))


@route("DELETE", ONE)
def cancel(call: Call) -> Response:
    """Keep a run from beginning, or stop it; a run that was stopped counts as failed."""
    task = _task_of_run(call, "write", "failed to cancel run")
    with call.database.writing():
        found = call.database.get("run", call.id("run"))
        if found is None or found["taskID"] != task["id"]:
            raise not_found("failed to cancel run: run not found")
        if found["status"] == "scheduled":
            call.database.rewrite("run", {**found, "status": "canceled"})
    ended = call.service.tasks.cancel(found["id"])
    if ended is not None:
        ended.wait(MAX_WAIT)
    return Response()


@route("GET", PATH + "/{id}/logs")
def task_logs(call: Call) -> Response:
    """The lines of all runs."""
    task = allowed(call, "read", "failed to find task logs")
    return _events([line for run in _runs(call, task) for line in run["log"]])


@route("GET", ONE + "/logs")
def run_logs(call: Call) -> Response:
    """The lines of one run."""
    task = _task_of_run(call, "read", "failed to find task logs")
    with failing("failed to find task logs"):
        return _events(_find(call, task)["log"])


def _events(lines: list[Document]) -> Response:
    return TASK.reply({"events": lines or None})


def _task_of_run(call: Call, action: str, what: str, *, active: bool = False) -> Document:
    with failing(DECODE, "invalid"):
        call.id()
        call.id("run")
    return allowed(call, action, what, active=active)
