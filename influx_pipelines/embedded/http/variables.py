"""Dashboard variables."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import conflict, failing, invalid, refused
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/variables"
PROTECTED = frozenset("and import not return option test empty in or package builtin".split())
_FORMS = {"constant": (list, "Constant"), "map": (dict, "Map"), "query": (dict, "Query")}
_OF_QUERY = ("query", "language")
_CLASH = "variable entity update conflicts with an existing entity"
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
    reads_first=True,
    finish=_finish,
).routes("GET", "DELETE")


def _check_name(name: str) -> None:
    if not name:
        raise invalid("missing variable name")
    if not re.match("[A-Za-z_]", name):
        raise invalid("variable name must start with a letter")


def _arguments(asked: Body) -> Document | None:
    """`constant`, `map` or `query`, with the values of that form; None where there are none."""
    if asked.get("arguments") is None:
        return None
    asked = asked.object("arguments", "influxdb.Alias")
    kind, values = asked.text("type"), asked.get("values")
    if kind not in _FORMS:
        raise invalid(f"unknown VariableArguments type {kind}")
    form, name = _FORMS[kind]
    if not isinstance(values, form):
        raise invalid(f"error parsing {_go_text(values)} as Variable{name}Arguments")
    if kind == "query":
        return {"type": kind, "values": {key: _of_query(values, key) for key in _OF_QUERY}}
    for value in values.values() if kind == "map" else values:
        if not isinstance(value, str):
            text = f"expected variable {kind} value to be string but received {_go_kind(value)}"
            raise invalid(text)
    return {"type": kind, "values": values}


def _of_query(values: Document, key: str) -> str:
    if key not in values:
        raise invalid(f'"{key}" key not present in VariableQueryArguments')
    if not isinstance(values[key], str):
        raise invalid(f'expected "{key}" to be string but received {_go_kind(values[key])}')
    return str(values[key])


def _go_kind(value: Any) -> str:
    kinds = {dict: "map[string]interface {}", list: "[]interface {}", bool: "bool", str: "string"}
    return "<nil>" if value is None else kinds.get(type(value), "float64")


def _go_text(value: Any) -> str:
    """A value as Go prints it by `%v`."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{k}:{_go_text(v)}' for k, v in sorted(value.items()))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_go_text, value))}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_free(call: Call, variable: Document, complaint: str) -> None:
    """Refuse a name that another variable of the organisation has, without regard to case."""
    name = variable["name"].lower()
    for other in call.database.find("variable", org=variable["orgID"]):
        if other["name"].lower() == name and other["id"] != variable["id"]:
            raise conflict(f"{complaint} for key {variable['orgID']}{name}")


def _content(asked: Body) -> Document:
    texts = {name: asked.text(name) for name in ("name", "description")}
    selected = None if asked.get("selected") is None else asked.texts("selected")
    org_id, arguments = asked.id("orgID"), _arguments(asked)
    _check_name(texts["name"])
    if arguments is None:
        raise invalid("invalid arguments type")
    if texts["name"] in PROTECTED:
        raise invalid(f'"{texts["name"]}" is a protected variable name')
    return {"orgID": org_id, **texts, "selected": selected, "arguments": arguments}


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new variable; its name is unique without regard to case."""
    content, now = _content(call.json("influxdb.Variable", prefix="")), now_text()
    if content["orgID"] is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "variables", org=content["orgID"])
    document = {"id": call.service.next_id(), **content, "createdAt": now, "updatedAt": now}
    _check_free(call, document, "variable is not unique")
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document, 201)


@route("GET", PATH)
def variables(call: Call) -> Response:
    """Those of an organisation, whatever the page that is asked for; without one, a page."""
    page, org_id, name = Page(call, PATH), call.query.get("orgID"), call.query.get("org")
    org_id = parse_id(org_id) if org_id else None
    if name:
        with failing("could not read variables", "internal error"):
            org_id = str(call.org_by_name(name)["id"])
    found = call.database.find("variable", org=org_id)
    if org_id is None:
        found = page.cut(found[::-1] if page.descending else found)
    shown = [VARIABLE.view(call, one) for one in found if VARIABLE.readable(call, one)]
    return VARIABLE.reply({"links": page.links(len(shown)), "variables": shown})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """What is named and not empty; here a name may be any text."""
    asked = call.json("influxdb.VariableUpdate", prefix="")
    changes: Document = asked.given("name", "description") | {"arguments": _arguments(asked)}
    changes = {name: value for name, value in changes.items() if value}
    if asked.get("selected") is not None:
        changes["selected"] = asked.texts("selected")
    if not changes:
        raise invalid("no fields supplied in update")
    document = VARIABLE.get(call, "write")
    name = changes.pop("name", "").strip() or document["name"]
    document.update(changes, name=name, updatedAt=now_text())
    _check_free(call, document, _CLASH)
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document)


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Everything anew; the times are lost."""
    content = _content(call.json("influxdb.Variable", prefix=""))
    document = VARIABLE.get(call, "write")
    if content["orgID"] is None:
        raise invalid("bad organization id: invalid ID")
    if content["orgID"] != document["orgID"]:
        raise refused("moving a variable to another organization")
    document.update(content, createdAt=NEVER, updatedAt=NEVER)
    _check_free(call, document, _CLASH)
    VARIABLE.put(call, document)
    return VARIABLE.answer(call, document)
