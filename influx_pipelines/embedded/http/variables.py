"""Dashboard variables."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, conflict, invalid
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/variables"
PROTECTED = frozenset("and import not return option test empty in or package builtin".split())
NEVER = "0001-01-01T00:00:00Z"  # what a PUT leaves of the times


def _finish(call: Call, shown: Document) -> Document:
    shown["links"]["org"] = f"/api/v2/orgs/{shown['orgID']}"
    return shown


VARIABLE = Kind(
    "variable",
    PATH,
    "variables",
    'variable not found for key "{id}"',
    ("labels",),
    finish=_finish,
).routes("GET", "DELETE")


def _name(asked: Body) -> str:
    name = asked.text("name")
    if not name:
        raise invalid("missing variable name")
    if not re.match(r"[A-Za-z_]", name):
        raise invalid("variable name must start with a letter")
    if name.lower() in PROTECTED:
        raise invalid(f'"{name}" is a protected variable name')
    return name


def _arguments(asked: Body) -> Document:
    """`constant`, `map` or `query`, with the values of that form."""
    kind, values = asked.text("type"), asked.get("values") or {}
    if kind == "constant":
        _check(isinstance(values, list), values, "VariableConstantArguments")
    elif kind == "map":
        _check(isinstance(values, dict), values, "VariableMapArguments")
    elif kind == "query":
        _check(isinstance(values, dict), values, "VariableQueryArguments")
        for key in ("query", "language"):
            if key not in values:
                raise invalid(f'"{key}" key not present in VariableQueryArguments')
    elif not kind:
        raise invalid("invalid arguments type")
    else:
        raise invalid(f"unknown VariableArguments type {kind}")
    return {"type": kind, "values": values}


def _check(fits: bool, values: Any, name: str) -> None:
    if not fits:
        shown = f"[{' '.join(map(str, values))}]" if isinstance(values, list) else values
        raise invalid(f"error parsing {shown} as {name}")


def _taken(call: Call, org_id: str, name: str, own: str = "") -> bool:
    return any(
        other["name"].lower() == name.lower() and other["id"] != own
        for other in call.database.find("variable", org=org_id)
    )


def _content(asked: Body) -> Document:
    arguments = _arguments(asked.object("arguments"))
    return {
        "name": _name(asked),
        "description": asked.text("description"),
        "selected": asked.texts("selected") or None,
        "arguments": arguments,
    }


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new variable; its name is unique without regard to case."""
    asked = call.json(prefix="")
    content, org_id, now = _content(asked), asked.id("orgID"), now_text()
    if org_id is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "variables", org=org_id)
    if _taken(call, org_id, content["name"]):
        key = f"{org_id}{content['name'].lower()}"
        raise conflict(f"variable is not unique for key {key}")
    document = {"id": call.service.next_id(), "orgID": org_id, **content}
    document.update(createdAt=now, updatedAt=now)
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document, 201)


@route("GET", PATH)
def variables(call: Call) -> Response:
    """All of them, whatever the page that is asked for."""
    org_id, name = call.query.get("orgID"), call.query.get("org")
    page = Page(call, PATH)
    if not org_id and name:
        orgs = call.database.find("org", name=name)
        if not orgs:
            text = f'could not read variables: organization name "{name}" not found'
            raise Fault("internal error", text)
        org_id = orgs[0]["id"]
    found = call.database.find("variable", org=parse_id(org_id) if org_id else None)
    shown = [VARIABLE.view(call, one) for one in found if VARIABLE.readable(call, one)]
    return VARIABLE.reply({"links": page.links(len(shown)), "variables": shown})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """What is named, and nothing else."""
    document, asked = VARIABLE.get(call, "write"), call.json(prefix="")
    fields = {"name", "description", "selected", "arguments"} & asked.keys()
    if not fields:
        raise invalid("no fields supplied in update")
    if "arguments" in fields:
        document["arguments"] = _arguments(asked.object("arguments"))
    if "name" in fields:
        document["name"] = _name(asked)
        if _taken(call, document["orgID"], document["name"], document["id"]):
            key = f"{document['orgID']}{document['name'].lower()}"
            text = f"variable entity update conflicts with an existing entity for key {key}"
            raise conflict(text)
    document["description"] = asked.text("description", document["description"])
    document["selected"] = asked.texts("selected") or document["selected"]
    document["updatedAt"] = now_text()
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document)


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Everything anew; the times are lost."""
    document, asked = VARIABLE.get(call, "write"), call.json(prefix="")
    document.update(_content(asked), createdAt=NEVER, updatedAt=NEVER)
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document)
