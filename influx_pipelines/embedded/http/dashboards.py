"""Dashboards."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import invalid, json_answer
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.cells import cell_view, new_cell
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/dashboards"


def _finish(call: Call, shown: Document) -> Document:
    """Cells are shown with their views where the request asks for that, and when they are new."""
    whole = call.query.get("include") == "properties" or call.method == "POST"
    cells = [cell_view(shown["id"], cell, whole=whole) for cell in shown["cells"]]
    times = {name: shown.pop(name) for name in ("createdAt", "updatedAt")}
    shown["links"]["org"] = f"/api/v2/orgs/{shown['orgID']}"
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


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new dashboard; names need not be unique."""
    asked = call.json(prefix="")
    org_id, now = asked.id("orgID"), now_text()
    if org_id is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "dashboards", org=org_id)
    document: dict[str, Any] = {"id": call.service.next_id(), "orgID": org_id}
    document.update({name: asked.text(name) for name in ("name", "description")})
    document["cells"] = [new_cell(call, cell) for cell in asked.objects("cells")]
    document.update(createdAt=now, updatedAt=now)
    DASHBOARD.put(call, document)
    return DASHBOARD.answer(call, document, 201)


@route("GET", PATH)
def dashboards(call: Call) -> Response:
    """Those of an organisation, all at once; without one they are paged."""
    page, ids = Page(call, PATH), [parse_id(text) for text in call.query.getlist("id")]
    org_id, name = call.query.get("orgID"), call.query.get("org")
    if not org_id and name:
        org_id = str(call.org_by_name(name)["id"])
    found = call.database.find("dashboard", org=parse_id(org_id) if org_id else None)
    found = [one for one in found if not ids or one["id"] in ids]
    if page.descending:
        found.reverse()
    if not org_id and not ids:
        found = page.cut(found)
    shown = [DASHBOARD.view(call, one) for one in found if DASHBOARD.readable(call, one)]
    return json_answer({"links": page.links(len(shown)), "dashboards": shown})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or list of cells."""
    document, asked = DASHBOARD.get(call, "write"), call.json(prefix="")
    fields: Document = {
        name: asked.text(name) for name in ("name", "description") if asked.get(name) is not None
    }
    if "cells" in asked:
        fields["cells"] = [new_cell(call, cell) for cell in asked.objects("cells")]
    if not fields:
        raise invalid("must update at least one attribute")
    document.update(fields, updatedAt=now_text())
    DASHBOARD.put(call, document)
    return DASHBOARD.answer(call, document)
