"""Dashboards."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import invalid, json_answer, refused
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.cells import cell_answer, new_view, read_cell
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/dashboards"
_SORTED = {"Name": "name", "CreatedAt": "createdAt", "UpdatedAt": "updatedAt"}


def _finish(call: Call, shown: Document) -> Document:
    """Cells are shown with their views where one dashboard is asked for in this way."""
    whole = call.query.get("include") == "properties" and call.method == "GET" and "id" in call.path
    cells = [cell_answer(shown, cell, whole=whole) for cell in shown["cells"]]
    times = {name: shown.pop(name) for name in ("createdAt", "updatedAt")}
    shown["links"]["org"] = f"/api/v2/orgs/{shown['orgID']}"
    del shown["views"]
    return {**shown, "cells": cells, "meta": times}


DASHBOARD = Kind(
    "dashboard",
    PATH,
    "dashboards",
    "dashboard not found",
    ("cells", "labels", "members", "owners"),
    compact=False,
    finish=_finish,
).routes("GET", "DELETE")
serve_members(DASHBOARD)


def _cells(call: Call, asked: Body, kept: bool = False) -> Document:
    """The cells of a body with their views; only a PATCH keeps the IDs that it is given."""
    cells = [read_cell(cell) for cell in asked.objects("cells", "influxdb.Dashboard")]
    for cell in cells:
        cell["id"] = (kept and cell["id"]) or call.service.next_id()
    return {"cells": cells, "views": {cell["id"]: new_view(cell) for cell in cells}}


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new dashboard; names need not be unique."""
    asked, now = call.json("influxdb.Dashboard"), now_text()
    document: Document = {"id": call.service.next_id(), "orgID": asked.id("orgID")}
    document.update({name: asked.text(name) for name in ("name", "description")})
    document.update(_cells(call, asked), createdAt=now, updatedAt=now)
    if asked.get("owner") is not None:
        raise refused("an owner of a dashboard")
    if document["orgID"] is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "dashboards", org=document["orgID"])
    DASHBOARD.put(call, document)
    return DASHBOARD.answer(call, document, 201)


@route("GET", PATH)
def dashboards(call: Call) -> Response:
    """Those of an organisation, or one by ID, whole; others are paged."""
    query, page = call.query, Page(call, PATH, {})
    ids, org_id = [parse_id(text) for text in query.getlist("id")], None
    page.others = [("id", one) for one in ids]
    if not ids and query.get("ownerID"):
        raise refused("listing dashboards by their owner")
    if not ids and query.get("orgID"):
        org_id = parse_id(query["orgID"])
        page.others = [("orgID", org_id)]
    elif not ids and query.get("org"):
        org_id = str(call.org_by_name(query["org"])["id"])
        page.others = [("org", query["org"])]
    found = call.database.find("dashboard", org=org_id)
    found = [one for one in found if not ids or one["id"] in ids]
    if page.descending:
        found.reverse()
    if org_id is None and len(ids) != 1:
        found = page.cut(found)
    if page.sort_by in _SORTED:
        found.sort(key=lambda one: str(one[_SORTED[page.sort_by]]))
    shown = [DASHBOARD.view(call, one) for one in found if DASHBOARD.readable(call, one)]
    return json_answer({"links": page.links(len(shown)), "dashboards": shown})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or description, and with one of them another list of cells."""
    asked = call.json("influxdb.DashboardUpdate", prefix="")
    fields = asked.given("name", "description")
    cells = {} if asked.get("cells") is None else _cells(call, asked, kept=True)
    if not fields:
        raise invalid("must update at least one attribute")
    document = DASHBOARD.get(call, "write")
    document.update(fields, **cells, updatedAt=now_text())
    DASHBOARD.put(call, document)
    return DASHBOARD.answer(call, document)
