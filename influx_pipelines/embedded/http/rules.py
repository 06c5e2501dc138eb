"""Notification rules: which statuses are sent to which endpoint, by a task of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http import monitoring
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    compact_answer,
    failing,
    invalid,
    refused,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.endpoints import ENDPOINT
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.monitoring import duration, level, many, moment, optional
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.monitoring.rules import rule_script
from influx_pipelines.embedded.tasks.tasks import update_task

PATH = "/api/v2/notificationRules"
NOUN = "notification"
_OPERATORS = ("equal", "notequal", "equalregex", "notequalregex")


def _operator(asked: Body, name: str) -> str:
    word = asked.text(name, "equal")
    if word not in _OPERATORS:
        raise invalid("unrecognized operator")
    return word


_BASE = {
    "status": optional(Body.text),
    "sleepUntil": moment,
    **dict.fromkeys(("limit", "limitEvery"), Body.integer),
    **dict.fromkeys(("every", "offset"), duration),
    "endpointID": Body.id,
    "runbookLink": Body.text,
    "tagRules": many({"key": Body.text, "value": Body.text, "operator": _operator}),
    "statusRules": many({"currentLevel": level, "previousLevel": optional(level)}),
}
_SHAPES = {
    **dict.fromkeys(("http", "pagerduty", "telegram"), _BASE),
    "slack": {**_BASE, "channel": Body.text, "messageTemplate": Body.text},
}
RULE = Kind(
    "rule",
    PATH,
    "notificationRules",
    "notification rule not found",
    (*monitoring.PARTS, "query"),
    finish=monitoring.with_task,
    removed=monitoring.drop_task,
).routes("GET", "DELETE")
serve_members(RULE)


def _faults(rule: Document) -> Iterator[str]:
    """What is wrong with a rule, in the real server's order."""
    if not rule["name"]:
        yield "Notification Rule Name can't be empty"
    if rule["endpointID"] is None:
        yield "Notification Rule EndpointID is invalid"
    yield from monitoring.schedule_faults(rule)
    limits = [rule["limit"], rule["limitEvery"]]
    if limits != [None, None] and min(limit or 0 for limit in limits) <= 0:
        yield "if limit is set, limit and limitEvery must be larger than 0"
    if not rule.get("messageTemplate", "-"):
        yield "slack msg template is empty"


def _check(rule: Document) -> None:
    for message in _faults(rule):
        raise invalid(message)
    monitoring.check_status(rule["status"])


def _script(call: Call, rule: Document) -> str:
    """The script of a rule.

    Raises:
        Fault: there is no such endpoint, or it is of another type.
    """
    if rule["endpointID"] is None:
        raise invalid("no key was provided for notification endpoint")
    endpoint = ENDPOINT.find(call, rule["endpointID"])
    if endpoint["type"] != rule["type"] or rule["every"] is None:
        raise Fault("internal error", HIDDEN)
    return rule_script(rule, endpoint)


def _decoded(call: Call) -> Document:
    content = monitoring.decoded(call, NOUN, _SHAPES)
    if content["type"] not in ("http", "slack"):
        raise refused(f"a notification rule of type {content['type']}")
    if content["status"] is None:
        raise Fault("internal error", HIDDEN)
    return content


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new rule with its task; names need not be unique."""
    rule = monitoring.fresh(call, RULE, _decoded(call))
    rule = monitoring.with_new_task(call, rule, _script(call, rule))
    _check(rule)
    RULE.put(call, rule)
    return RULE.answer(call, rule, 201)


@route("GET", PATH)
def rules(call: Call) -> Response:
    """Those of an organisation, or all that may be read, by their tags if some are given."""
    tags = tuple(
        t for t in call.query.getlist("tag") if re.fullmatch("[a-zA-Z0-9_]+:[a-zA-Z0-9_]+", t)
    )
    return monitoring.listed(call, RULE, "notificationRules", lambda r: _matches(r, tags), tags)


def _matches(rule: Document, tags: tuple[str, ...]) -> bool:
    """Whether each of its tag rules fits one of the tags."""
    return not tags or all(
        any(
            key == wanted["key"]
            and wanted["operator"] == ("equal" if value == wanted["value"] else "notequal")
            for key, value in (tag.split(":") for tag in tags)
        )
        for wanted in rule["tagRules"]
    )


@route("GET", PATH + "/{id}/query")
def query(call: Call) -> Response:
    """The script of a rule, as it would be made now; no right to its endpoint is needed."""
    rule = RULE.get(call, "read")
    with failing("no script", "internal error"):
        return compact_answer({"flux": _script(call, rule)})


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Everything anew, and the task with it."""
    content = _decoded(call)
    RULE.get(call, "read")
    rule = monitoring.renewed(RULE.get(call, "write"), content)
    return _changed(call, rule, rule["status"])


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or status, all of which reach the task."""
    asked = monitoring.changes(call, "Notification Rule")
    return _changed(call, {**RULE.get(call, "write"), **asked}, asked.get("status"))


def _changed(call: Call, rule: Document, status: str | None) -> Response:
    _check(rule)
    told = {"flux": _script(call, rule), "description": rule["description"], "status": status}
    update_task(call.service, monitoring.task_of(call, rule), **told)
    RULE.put(call, rule)
    return RULE.answer(call, rule)
