"""Checks: conditions on data, judged by a task that the server makes of each."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http import monitoring
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    compact_answer,
    conflict,
    failing,
    invalid,
    not_found,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.monitoring import duration, level, many, number, one, optional
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.monitoring.checks import ScriptError, check_script
from influx_pipelines.embedded.monitoring.custom import completed, lacking
from influx_pipelines.embedded.tasks.tasks import update_task
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.parser import recover

PATH = "/api/v2/checks"
NOUN = "check"
_TAG = dict.fromkeys(("key", "value"), Body.text)
_BUILDER = {
    "buckets": Body.texts,
    "tags": many(
        {"key": Body.text, "values": optional(Body.texts), "aggregateFunctionType": Body.text}
    ),
    "functions": many({"name": Body.text}),
    "aggregateWindow": one({"period": Body.text, "fillValues": Body.flag}),
}
_QUERY = one(
    {**dict.fromkeys(("text", "editMode", "name"), Body.text), "builderConfig": one(_BUILDER)}
)
_THRESHOLD = many(
    {
        "type": Body.text,
        "level": level,
        **dict.fromkeys(("value", "min", "max"), number),
        **dict.fromkeys(("allValues", "within"), Body.flag),
    }
)
_VALUE = ("type", "level", "allValues", "value")
_FIELDS = {"lesser": _VALUE, "greater": _VALUE, "range": ("type", "level", "allValues", "within")}


def _thresholds(asked: Body, name: str) -> list[Document] | None:
    found = []
    for threshold in _THRESHOLD(asked, name):
        kind = threshold["type"]
        if kind not in _FIELDS:
            raise invalid(f"invalid threshold type {kind}")
        bounds = [n for n in ("min", "max") if kind == "range" and threshold[n]]
        found.append({field: threshold[field] for field in (*_FIELDS[kind], *bounds)})
    return found or None


_SCHEDULED: monitoring.Shape = {
    "query": _QUERY,
    **dict.fromkeys(("statusMessageTemplate", "cron"), Body.text),
    **dict.fromkeys(("every", "offset"), duration),
    "tags": optional(many(_TAG)),
}
_TIMES: monitoring.Shape = dict.fromkeys(("timeSince", "staleTime"), duration)
_SHAPES: dict[str, monitoring.Shape] = {
    "custom": {"query": _QUERY},
    "threshold": {**_SCHEDULED, "thresholds": _thresholds},
    "deadman": {**_SCHEDULED, **_TIMES, "reportZero": Body.flag, "level": level},
}
CHECK = Kind(
    "check",
    PATH,
    "checks",
    'check not found for key "{id}"',
    (*monitoring.PARTS, "query"),
    reads_first=True,
    finish=monitoring.with_task,
    removed=monitoring.drop_task,
).routes("GET", "DELETE")
serve_members(CHECK)


def _faults(check: Document) -> Iterator[str]:
    """What is wrong with a check, in the real server's order."""
    if not check["name"]:
        yield "Check Name can't be empty"
    if check["orgID"] is None:
        yield "Check OrgID is invalid"
    if check["every"] is None:
        yield "Check Every must exist"
    for name in ("every", "offset"):
        if check[name] == "":
            yield f"Check {name.capitalize()} can't be empty"
    yield from monitoring.schedule_faults(check)
    for threshold in check.get("thresholds") or ():
        if threshold.get("min", 0) > threshold.get("max", 0):
            yield "range threshold min can't be larger than max"


def _valid(check: Document) -> Document:
    """The check, its script completed if it is the user's own.

    Raises:
        Fault: the first thing that is wrong.
    """
    if check["type"] != "custom":
        for message in _faults(check):
            raise invalid(message)
        if check["type"] == "deadman" and check["staleTime"] is None:
            raise Fault("internal error", HIDDEN)
        return check
    file = recover(check["query"]["text"])
    if lacks := lacking(file, check["name"]):
        raise invalid(lacks)
    if faults_of_script(file):
        raise Fault("internal error", HIDDEN)
    return {**check, "query": {**check["query"], "text": completed(file, check["id"])}}


def _script(check: Document, code: str = "internal error") -> str:
    try:
        return check_script(check)
    except ScriptError as error:
        raise Fault(code, str(error)) from None


def _check_free(call: Call, check: Document, message: str) -> None:
    for other in call.database.find("check", org=check["orgID"], name=check["name"]):
        if other["id"] != check["id"]:
            raise conflict(message.format(f"{check['orgID']}{check['name']}"))


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new check with its task."""
    check = monitoring.fresh(call, CHECK, monitoring.decoded(call, NOUN, _SHAPES))
    monitoring.check_status(check["status"])
    if call.database.get("org", check["orgID"]) is None:
        raise not_found("organization not found")
    check = _valid(check)
    with failing("Could not create task from check", "invalid"):
        check = monitoring.with_new_task(call, check, _script(check, "invalid"))
    _check_free(call, check, "check is not unique for key {}")
    CHECK.put(call, check)
    return CHECK.answer(call, check, 201)


@route("GET", PATH)
def checks(call: Call) -> Response:
    """Those of an organisation, or all that may be read, in the order of making."""
    return monitoring.listed(call, CHECK, "checks")


@route("GET", PATH + "/{id}/query")
def query(call: Call) -> Response:
    """The script of a check, as it would be made now."""
    return compact_answer({"flux": _script(CHECK.get(call, "read"))})


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Everything anew, the type too, and the task with it."""
    try:
        check_id = call.id()
    except Fault:
        raise invalid("invalid check id format") from None
    with failing("malformed check body", "invalid"):
        content = monitoring.decoded(call, NOUN, _SHAPES)
    _valid({**content, "id": check_id})
    check = monitoring.renewed(CHECK.get(call, "write"), content)
    _check_free(call, check, "check name is not unique")
    check = _valid(check)
    monitoring.check_status(check["status"])
    return _changed(call, check, check, _script(check))


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or status; the name does not reach the task."""
    asked = monitoring.changes(call, "Check")
    check = _valid({**CHECK.get(call, "write"), **asked})
    _check_free(call, check, "check entity update conflicts with an existing entity for key {}")
    return _changed(call, check, asked, None)


def _changed(call: Call, check: Document, asked: Document, script: str | None) -> Response:
    told = {name: asked.get(name) for name in ("status", "description")}
    update_task(call.service, monitoring.task_of(call, check), flux=script, **told)
    CHECK.put(call, check)
    return CHECK.answer(call, check)
