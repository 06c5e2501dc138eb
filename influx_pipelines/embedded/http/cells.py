"""The cells of a dashboard and the views that are seen in them."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
    refused,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text
from influx_pipelines.embedded.http.gojson import decode
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.views import EMPTY, properties_of

PATH = "/api/v2/dashboards/{id}/cells"
CELL = PATH + "/{cell}"
PLACES = ("x", "y", "w", "h")


def read_cell(asked: Body) -> Document:
    """A cell of a body: its place and, when it names something to see, its name.

    The real server looks for the properties of a view one level too deep, and finds none.
    """
    cell: Document = {name: asked.integer(name, "int32") or 0 for name in PLACES}
    name = asked.text("name")
    seen = {"name": name, "properties": EMPTY} if name or "properties" in asked else {}
    return {"id": asked.id("id"), **cell, **seen}


def new_view(cell: Document) -> Document:
    """The view of a new cell."""
    return {"id": cell["id"], "name": cell.get("name", ""), "properties": EMPTY}


def cell_answer(dashboard: Document, cell: Document, *, whole: bool = False) -> Document:
    """A cell as answers show it, with its view where that is asked for."""
    base = f"/api/v2/dashboards/{dashboard['id']}/cells/{cell['id']}"
    shown = {**cell, "links": {"self": base, "view": f"{base}/view"}}
    if whole:
        shown |= {name: _view(dashboard, cell["id"])[name] for name in ("name", "properties")}
    return {name: value for name, value in shown.items() if value != ""}


def _view(dashboard: Document, cell_id: str) -> Document:
    view: Document | None = dashboard["views"].get(cell_id)
    if view is None:
        raise not_found("view not found")
    return view


def _dashboard(call: Call, action: str) -> Document:
    from influx_pipelines.embedded.http.dashboards import DASHBOARD

    return DASHBOARD.get(call, action)


def _store(call: Call, dashboard: Document) -> None:
    dashboard["updatedAt"] = now_text()
    call.database.rewrite("dashboard", dashboard)


def _cell(dashboard: Document, cell_id: str) -> Document:
    for cell in dashboard["cells"]:
        if cell["id"] == cell_id:
            found: Document = cell
            return found
    raise not_found("cell not found")


@change("POST", PATH)
def add(call: Call) -> Response:
    """One more cell, with an empty view."""
    asked = call.json("transport.postDashboardCellRequest", prefix="bad request json body: ")
    places = {name: asked.integer(name, "int32") or 0 for name in PLACES}
    name = asked.text("name")
    if asked.id("usingView"):
        raise refused("a new cell with the view of another")
    if asked.get("name") is None and not any(place in asked for place in PLACES):
        raise invalid("req body is empty")
    dashboard = _dashboard(call, "write")
    cell = {"id": call.service.next_id(), **places}
    dashboard["cells"].append(cell)
    dashboard["views"][cell["id"]] = new_view({**cell, "name": name})
    _store(call, dashboard)
    return json_answer(cell_answer(dashboard, cell), 201)


@change("PUT", PATH)
def replace(call: Call) -> Response:
    """The cells anew, in another order or fewer; they keep their views."""
    dashboard_id = call.id()
    try:
        asked = Body({"cells": decode(call.body)}, code="internal error").objects("cells")
    except ValueError as error:
        raise Fault("internal error", str(error)) from None
    cells = [read_cell(cell) for cell in asked]
    dashboard = _dashboard(call, "write")
    known = {cell["id"] for cell in dashboard["cells"]}
    for cell in cells:
        if cell["id"] is None:
            raise invalid("cannot provide empty cell id")
        if cell["id"] not in known:
            raise conflict("cannot replace cells that were not already present")
    dashboard["cells"] = cells
    _store(call, dashboard)
    shown = [cell_answer(dashboard, cell) for cell in cells]
    return json_answer({"cells": shown, "links": {"self": PATH.format(id=dashboard_id)}}, 201)


@change("PATCH", CELL)
def move(call: Call) -> Response:
    """Another place or size."""
    cell_id, asked = call.id("cell"), call.json("influxdb.CellUpdate", prefix="")
    places = {n: asked.integer(n, "int32") for n in PLACES if asked.get(n) is not None}
    if not places:
        raise invalid("must update at least one attribute")
    dashboard = _dashboard(call, "write")
    cell = _cell(dashboard, cell_id)
    cell.update(places)
    _store(call, dashboard)
    return json_answer(cell_answer(dashboard, cell))


@change("DELETE", CELL)
def delete(call: Call) -> Response:
    """One cell less."""
    cell_id, dashboard = call.id("cell"), _dashboard(call, "write")
    dashboard["cells"].remove(_cell(dashboard, cell_id))
    dashboard["views"].pop(cell_id, None)
    _store(call, dashboard)
    return no_content()


def _view_answer(call: Call, view: Document) -> Response:
    links = {"self": f"{PATH.format(id=call.id())}/{call.id('cell')}"}
    return json_answer({**view, "links": links})


@route("GET", CELL + "/view")
def view(call: Call) -> Response:
    """What a cell shows."""
    cell_id = call.id("cell")
    return _view_answer(call, _view(_dashboard(call, "read"), cell_id))


@change("PATCH", CELL + "/view")
def change_view(call: Call) -> Response:
    """Another name and other properties; properties that are left out are lost."""
    cell_id = call.id("cell")
    asked = call.json("influxdb.ViewContentsUpdate", prefix="", code="internal error")
    name, properties = asked.text("name"), properties_of(asked)
    dashboard = _dashboard(call, "write")
    view = _view(dashboard, cell_id)
    if asked.get("name") is None and properties == EMPTY:
        raise invalid("expected at least one attribute to be updated")
    view.update({} if asked.get("name") is None else {"name": name})
    view.update({} if properties is None else {"properties": properties})
    _store(call, dashboard)
    return _view_answer(call, view)
