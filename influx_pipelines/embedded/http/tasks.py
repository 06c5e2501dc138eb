"""Tasks: documents whose options stand in their scripts; errors in a dialect of their own."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, failing, invalid, no_content
from influx_pipelines.embedded.http.call import ANONYMOUS, Call, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.orgs import ORG
from influx_pipelines.embedded.http.paging import asked_limit
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.tasks.changes import read_changes
from influx_pipelines.embedded.tasks.tasks import create_task, delete_task, update_task

PATH = "/api/v2/tasks"
DECODE = "failed to decode request"
_KEPT = ("id", "orgID", "org", "ownerID", "name", "status", "flux", "links", "labels")
_TIMES = ("latestCompleted", "createdAt", "updatedAt")
_OPTIONAL = ("description", "every", "cron", "offset", *_TIMES, "lastRunStatus", "lastRunError")


def _finish(call: Call, shown: Document) -> Document:
    optional = {name: shown[name] for name in _OPTIONAL if shown.get(name)}
    return {**{name: shown[name] for name in _KEPT}, **optional}


PARTS = ("labels", "logs", "members", "owners", "runs")
TASK = Kind("task", PATH, "tasks", "task not found", PARTS, finish=_finish)
TASK.routes()
serve_members(TASK)


def allowed(
    call: Call, action: str, what: str, code: str | None = None, *, active: bool = False
) -> Document:
    """The task of the path, when the token may do this to it.

    Raises:
        Fault: in the words of this API, which says 500 where others say 401.
    """
    with failing(DECODE, "invalid"):
        task_id = call.id()
    with failing(what, code):
        task = TASK.find(call, task_id)
        if active and task["status"] != "active":
            raise invalid("inactive task")
        if not TASK.readable(call, task, action):
            raise Fault("internal error", "unauthorized")
    return task


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new task of the user behind the token; its script is kept as it is."""
    with failing(DECODE, "invalid"):
        asked = call.json("taskmodel.TaskCreate", prefix="")
        texts = ("flux", "org", "status", "description")
        flux, name, status, description = map(asked.text, texts)
        org_id = asked.id("orgID")
        if not flux:
            raise invalid("missing flux")
        if not org_id and not name:
            raise invalid("missing orgID and org")
        if status not in ("", "active", "inactive"):
            raise invalid(f'invalid task status: "{status}"')
    with failing("could not identify organization"):
        if not name:
            name = ORG.find(call, org_id or "")["name"]
        elif not org_id:
            org_id = call.org_by_name(name)["id"]
    if not call.caller.may("write", "tasks", org=org_id):
        raise Fault("internal error", "failed to create task: unauthorized")
    org = call.org_by_name(name)  # of both the name counts, but the right is asked for by the ID
    texts_given = {"status": status or "active", "description": description}
    task = create_task(call.service, org, call.caller.user_id, flux, **texts_given)
    return TASK.answer(call, task, 201)


@route("GET", PATH)
def tasks(call: Call) -> Response:
    """The tasks of an organisation, or of a user; without both those of the caller."""
    query = call.query
    with failing(DECODE, "invalid"):
        after = _id(call, "after")
        org = call.org_by_name(query["org"]) if query.get("org") else None
        org_id = _id(call, "orgID") or (str(org["id"]) if org else None)
        user_id = _id(call, "user")
        limit = asked_limit(call, "limit must be between 1 and 500")
        kind = query.get("type") or "system"
        if kind not in ("system", "basic"):
            raise invalid(f'"{kind}" is not a valid task type')
    owner = user_id or (None if org_id else call.caller.user_id)
    within = None if owner else str(org["id"]) if org else org_id
    found = call.database.find("task", org=within)
    if after:  # the first one from there on is skipped, whether it is the one that was named or not
        found = [task for task in found if task["id"] >= after][1:]
    found = [task for task in found if _matches(call, task, owner)][:limit]
    shown = [_listed(call, task, kind) for task in found if TASK.readable(call, task)]
    asked = {"after": after, "limit": limit, "org": org and org["name"], "orgID": org_id}
    asked = {name: value for name, value in {**asked, "user": user_id}.items() if value}
    links = {"self": f"{PATH}?{urlencode(asked)}"}
    if len(shown) >= limit:
        asked = dict(sorted({**asked, "after": shown[-1]["id"]}.items()))
        links["next"] = f"{PATH}?{urlencode(asked)}"
    return TASK.reply({"links": links, "tasks": shown})


def _id(call: Call, name: str) -> str | None:
    text = call.query.get(name)
    return parse_id(text) if text else None


def _matches(call: Call, task: Document, owner: str | None) -> bool:
    name, status = call.query.get("name"), call.query.get("status")
    return (
        task["type"] == "system"
        and (not name or task["name"] == name)
        and (status not in ("active", "inactive") or task["status"] == status)
        and (owner is None or task["ownerID"] == owner)
    )


def _listed(call: Call, task: Document, kind: str) -> Document:
    shown = TASK.view(call, task)
    if kind == "basic":
        shown.update(flux="", org="")
        shown = {n: value for n, value in shown.items() if n not in ("createdAt", "updatedAt")}
    return shown


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """A task, those of checks and rules too."""
    return TASK.answer(call, allowed(call, "read", "failed to find task", "not found"))


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another script, or options edited into the script that there is."""
    with failing(DECODE, "invalid"):
        call.id()
        changes = read_changes(call.json(ANONYMOUS, prefix=""))
    task = allowed(call, "write", "failed to update task")
    with failing("failed to update task"):
        flux = changes.script(task["flux"])
        texts = {"status": changes.status, "description": changes.description}
        update_task(call.service, task, flux=flux, **texts)
    return TASK.answer(call, task)


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The task and what is not finished of its runs."""
    delete_task(call.service, allowed(call, "write", "failed to delete task"))
    return no_content()
