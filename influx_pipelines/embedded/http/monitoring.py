"""What checks, notification endpoints and notification rules have in common."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, failing, invalid, not_found
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.gojson import decode
from influx_pipelines.embedded.http.gotime import go_time
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.tasks.durations import length, read_duration
from influx_pipelines.embedded.tasks.tasks import create_task, delete_task, update_task
from influx_pipelines.flux.format import duration_text

Shape = Mapping[str, Callable[[Body, str], Any]]  # a field and the reader of its value
PARTS = ("labels", "members", "owners")
LEVELS = ("UNKNOWN", "OK", "INFO", "WARN", "CRIT", "ANY")
_BASE: Shape = dict.fromkeys(("name", "description", "status"), Body.text) | {"orgID": Body.id}
_KEPT = ("id", "orgID", "ownerID", "taskID", "createdAt", "labelIDs", "roles")
# Fields that an answer shows only when they hold something.
_OPTIONAL = frozenset(
    "description cron every offset timeSince staleTime headers tagRules statusRules sleepUntil "
    "limit limitEvery".split()
)
_OF_TASK = ("latestCompleted", "latestScheduled", "lastRunStatus", "lastRunError")


def shaped(asked: Body, shape: Shape) -> Document:
    """The fields of a shape, with their empty values where they are left out."""
    return {name: read(asked, name) for name, read in shape.items()}


def one(shape: Shape) -> Callable[[Body, str], Document]:
    """A reader of an object."""
    return lambda asked, name: shaped(asked.object(name), shape)


def many(shape: Shape) -> Callable[[Body, str], list[Document]]:
    """A reader of several objects."""
    return lambda asked, name: [shaped(item, shape) for item in asked.objects(name)]


def optional(read: Callable[[Body, str], Any]) -> Callable[[Body, str], Any]:
    """A reader that gives null for what is left out."""
    return lambda asked, name: None if asked.get(name) is None else read(asked, name)


def number(asked: Body, name: str) -> float:
    """A number, by default none."""
    return asked.number(name) or 0


@optional
def moment(asked: Body, name: str) -> str:
    """A time as Go reads it.

    Raises:
        Fault: 400 in Go's words.
    """
    if not isinstance(asked[name], str):
        raise invalid("Time.UnmarshalJSON: input is not a JSON string")
    go_time(asked[name])
    return str(asked[name])


def level(asked: Body, name: str) -> str:
    """A level; an unknown word is a level too."""
    word = asked.text(name).upper()
    return word if word in LEVELS else "UNKNOWN"


@optional
def duration(asked: Body, name: str) -> str:
    """A duration with its units as they are written; what is no text loses its ends."""
    text = json.dumps(asked[name], ensure_ascii=False)
    if len(text) < 2:
        raise Fault("internal error", "a panic has occurred")
    text = text[1:-1]
    try:
        if text.startswith("-"):
            raise ValueError(f"invalid duration {text}")
        return duration_text(read_duration(text))
    except ValueError as error:
        raise invalid(str(error)) from None


def decoded(call: Call, noun: str, types: Mapping[str, Shape]) -> Document:
    """The body in the shape of the type that it names.

    Raises:
        Fault: no such type, or a field of a wrong type.
    """
    try:
        asked = decode(call.body) or {}
        kind = asked.get("type") or ""
    except (ValueError, AttributeError):
        kind = None
    if not isinstance(kind, str):
        raise invalid(f"unable to detect the {noun} type from json")
    if kind not in types:
        raise invalid(f"invalid {noun} type {kind}")
    body = Body(asked)
    return {
        **shaped(body, {**_BASE, **types[kind]}),
        "type": kind,
        "labelIDs": [*dict.fromkeys(map(str.lower, body.texts("labels")))],
    }


def fresh(call: Call, kind: Kind, content: Document) -> Document:
    """A new document, if the token may make one.

    Raises:
        Fault: it may not, or the organisation is missing.
    """
    if content["orgID"] is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", kind.resource, org=content["orgID"])
    now = now_text()
    return {**content, "id": call.service.next_id(), "createdAt": now, "updatedAt": now}


def renewed(document: Document, content: Document) -> Document:
    """A document with another content."""
    kept = {name: document[name] for name in _KEPT if name in document}
    return {**content, **kept, "updatedAt": now_text()}


def changes(call: Call, noun: str) -> Document:
    """What a PATCH changes, none of it to nothing.

    Raises:
        Fault: an empty text or no such status.
    """
    call.id()
    asked = call.json(prefix="")
    texts = asked.given("name", "description", "status")
    for name in ("name", "description"):
        if texts.get(name) == "":
            raise invalid(f"{noun} {name.capitalize()} can't be empty")
    check_status(texts.get("status", "active"))
    return {**texts, "updatedAt": now_text()}


def check_status(status: str) -> None:
    """A status is one of two words.

    Raises:
        Fault: it is another.
    """
    if status not in ("active", "inactive"):
        raise invalid("invalid status: must be active or inactive")


def schedule_faults(document: Document) -> Iterator[str]:
    """What is wrong with the offset and the tags of a check or a rule."""
    given = [document[name] for name in ("offset", "every") if document[name] is not None]
    offset, *every = [length(read_duration(text)) for text in given] or [0]
    if every and offset >= every[0]:
        yield "Offset should not be equal or greater than the interval"
    for tag in document.get("tagRules") or document.get("tags") or ():
        if not tag["key"] or not tag["value"]:
            yield "tag must contain a key and a value"


def task_of(call: Call, document: Document) -> Document:
    """The task behind a document.

    Raises:
        Fault: somebody has deleted it.
    """
    task = call.database.get("task", document["taskID"])
    if task is None:
        raise not_found("task not found")
    return task


def with_new_task(call: Call, document: Document, script: str) -> Document:
    """A document with a task of its own, which takes its status, not its description.

    Raises:
        Fault: the script cannot be a task.
    """
    org, owner = call.database.get("org", document["orgID"]), call.caller.user_id
    if org is None:
        raise not_found("organization not found")
    own = {"type": document["type"], "status": "inactive"}
    task = create_task(call.service, org, owner, script, **own)
    update_task(call.service, task, status=document["status"])
    return {**document, "taskID": task["id"], "ownerID": owner}


def drop_task(call: Call, document: Document) -> None:
    """Delete the task behind a document."""
    delete_task(call.service, task_of(call, document))


def without_empty(call: Call, shown: Document) -> Document:
    """A document as answers show it."""
    return {name: value for name, value in shown.items() if value or name not in _OPTIONAL}


def with_task(call: Call, shown: Document) -> Document:
    """The same with what its task tells."""
    task = task_of(call, shown)
    told = {name: task[name] for name in _OF_TASK if task.get(name)}
    return without_empty(call, {**shown, "status": task["status"], **told})


def listed(
    call: Call,
    kind: Kind,
    key: str,
    keep: Callable[[Document], bool] = lambda document: True,
    tags: tuple[str, ...] = (),
) -> Response:
    """A page of an organisation's documents, or of all; one whose task is gone is left out."""
    page = Page(call, kind.path, {n: n for n in ("orgID", "org")})
    page.others = [("tag", tag) for tag in tags]
    found = [one for one in call.database.find(kind.name, org=_org(call)) if keep(one)]
    if page.descending:
        found.reverse()
    found = [one for one in page.cut(found) if kind.readable(call, one)]
    shown = []
    for document in found:
        with contextlib.suppress(Fault):
            shown.append(kind.view(call, document))
    return kind.reply({"links": page.links(len(found)), key: shown})


def _org(call: Call) -> str | None:
    if org_id := call.query.get("orgID"):
        with failing("orgID is invalid"):
            return parse_id(org_id)
    name = call.query.get("org")
    return str(call.org_by_name(name)["id"]) if name else None
