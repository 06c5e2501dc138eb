"""The cells of a dashboard and what is seen in them."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.body import Body, decode
from influx_pipelines.embedded.http.call import Call, now_text
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/dashboards/{id}/cells"
CELL = PATH + "/{cell}"
EMPTY = {"shape": "empty"}
PLACES = ("x", "y", "w", "h")
TYPES = frozenset(
    """xy line-plus-single-stat single-stat gauge table simple-table markdown histogram heatmap
    scatter mosaic band check custom geo log-viewer""".split()
)
# What a line graph has that does not name it.
_LINE_GRAPH: Document = {
    **dict.fromkeys(("generateXAxisTicks", "generateYAxisTicks")),
    **dict.fromkeys(("hoverDimension", "note", "timeFormat", "xColumn", "yColumn"), ""),
    **dict.fromkeys(("geom", "position"), ""),
    **dict.fromkeys(("legendColorizeRows", "legendHide", "shadeBelow", "showNoteWhenEmpty"), False),
    **dict.fromkeys(("legendOpacity", "legendOrientationThreshold"), 0),
    **dict.fromkeys(("xTickStart", "xTickStep", "xTotalTicks"), 0),
    **dict.fromkeys(("yTickStart", "yTickStep", "yTotalTicks"), 0),
}


def new_cell(call: Call, asked: Body, known: Document | None = None) -> Document:
    """A cell with an empty view, or with that of the cell it replaces."""
    places = {name: asked.integer(name) or 0 for name in PLACES}
    if known is not None:
        return {**known, **places}
    fresh = {"id": call.service.next_id(), "name": asked.text("name")}
    return {**fresh, **places, "properties": _properties(asked.object("properties"))}


def cell_view(dashboard_id: str, cell: Document, *, whole: bool) -> Document:
    """A cell as answers show it, with its view or only its place."""
    base = f"/api/v2/dashboards/{dashboard_id}/cells/{cell['id']}"
    links = {"self": base, "view": f"{base}/view"}
    names = ("id", *PLACES, "name", "properties") if whole else ("id", *PLACES)
    shown = {name: cell[name] for name in names}
    if not shown.get("name", "?"):
        del shown["name"]
    return {**shown, "links": links}


def _properties(asked: Body) -> Document:
    if not asked:
        return EMPTY
    if asked.get("shape") == "empty":
        return EMPTY
    if asked.get("shape") != "chronograf-v2" or asked.get("type") not in TYPES:
        raise Fault("internal error", "An internal error has occurred - check server logs")
    return {**_LINE_GRAPH, **asked} if asked["type"] == "xy" else dict(asked)


def _dashboard(call: Call, action: str) -> Document:
    from influx_pipelines.embedded.http.dashboards import DASHBOARD

    return DASHBOARD.get(call, action)


def _store(call: Call, dashboard: Document) -> None:
    dashboard["updatedAt"] = now_text()
    call.database.rewrite("dashboard", dashboard)


def _cell(call: Call, dashboard: Document, what: str = "cell") -> Document:
    cell_id = call.id("cell")
    cells: list[Document] = dashboard["cells"]
    for cell in cells:
        if cell["id"] == cell_id:
            return cell
    raise not_found(f"{what} not found")


@change("POST", PATH)
def add(call: Call) -> Response:
    """One more cell."""
    dashboard = _dashboard(call, "write")
    cell = new_cell(call, call.json(prefix=""))
    dashboard["cells"].append(cell)
    _store(call, dashboard)
    return json_answer(cell_view(dashboard["id"], cell, whole=False), 201)


@change("PUT", PATH)
def replace(call: Call) -> Response:
    """Another list of cells; those that are named by their ID keep their views."""
    dashboard = _dashboard(call, "write")
    try:
        asked = Body({"cells": decode(call.body)}).objects("cells")
    except ValueError as error:
        raise invalid(str(error)) from None
    known = {cell["id"]: cell for cell in dashboard["cells"]}
    cells = [new_cell(call, cell, known.get(cell.id("id") or "")) for cell in asked]
    dashboard["cells"] = cells
    _store(call, dashboard)
    shown = [cell_view(dashboard["id"], cell, whole=False) for cell in cells]
    links = {"self": PATH.format(id=dashboard["id"])}
    return json_answer({"cells": shown, "links": links}, 201)


@change("PATCH", CELL)
def move(call: Call) -> Response:
    """Another place or size."""
    dashboard, asked = _dashboard(call, "write"), call.json(prefix="")
    cell = _cell(call, dashboard)
    places = {n: asked.integer(n) for n in PLACES if asked.get(n) is not None}
    if not places:
        raise invalid("must update at least one attribute")
    cell.update(places)
    _store(call, dashboard)
    return json_answer(cell_view(dashboard["id"], cell, whole=False))


@change("DELETE", CELL)
def delete(call: Call) -> Response:
    """One cell less."""
    dashboard = _dashboard(call, "write")
    dashboard["cells"].remove(_cell(call, dashboard))
    _store(call, dashboard)
    return no_content()


def _view(dashboard: Document, cell: Document) -> Response:
    links = {"self": f"{PATH.format(id=dashboard['id'])}/{cell['id']}"}
    return json_answer(
        {name: cell[name] for name in ("id", "name", "properties")} | {"links": links}
    )


@route("GET", CELL + "/view")
def view(call: Call) -> Response:
    """What a cell shows."""
    dashboard = _dashboard(call, "read")
    return _view(dashboard, _cell(call, dashboard, "view"))


@change("PATCH", CELL + "/view")
def change_view(call: Call) -> Response:
    """Another name and other properties; properties that are left out are lost."""
    dashboard, asked = _dashboard(call, "write"), call.json(prefix="")
    cell = _cell(call, dashboard, "view")
    cell["name"] = asked.text("name", cell["name"])
    cell["properties"] = _properties(asked.object("properties"))
    _store(call, dashboard)
    return _view(dashboard, cell)
