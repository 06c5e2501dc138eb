"""Dashboards: a file each, compared cell by cell and view by view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field, model_validator

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.declared import LabelledEntry, Reference
from influx_pipelines.estate.kinds.fluxtext import variables_of
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.kinds.views import Properties, filled, known
from influx_pipelines.estate.model import Part
from influx_pipelines.influx import dashboards
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import Cell, Dashboard

COLUMNS = 12  # of the page
PLACE = ("x", "y", "w", "h")


class CellEntry(Part):
    """A cell: its place on a page of twelve columns, and what it shows."""

    name: str = Field(description="Its title; unique on its dashboard.", min_length=1)
    x: int = Field(0, description="Columns to its left.", ge=0, lt=COLUMNS)
    y: int = Field(0, description="Rows above it.", ge=0)
    w: int = Field(4, description="Columns wide.", ge=1, le=COLUMNS)
    h: int = Field(4, description="Rows high.", ge=1)
    properties: Properties = Field(description="What it shows, in the words of InfluxDB.")


class DashboardEntry(LabelledEntry):
    """A dashboard."""

    cells: list[CellEntry] = Field(default=[], description="Its cells.")

    @model_validator(mode="after")
    def _has_names_that_differ(self) -> DashboardEntry:
        for name, times in Counter(cell.name for cell in self.cells).items():
            if times > 1:
                raise ValueError(f"{times} cells are called {name!r}: give each its own name")
        return self


def _key(name: str) -> str:
    return f"cell {name}"


class DashboardKind(ObjectKind[DashboardEntry, Dashboard]):
    """Names are not unique to the server; views of those that are not ours are not looked at."""

    name, key = "dashboard", "dashboards"
    about = "Dashboards; also one a file in the folder `dashboards`."
    entry = DashboardEntry
    in_folder = True
    collection = dashboards.DASHBOARDS

    def references(self, entry: DashboardEntry) -> Iterable[Reference]:
        """The variables of its queries, except those that every page has."""
        for number, cell in enumerate(entry.cells):
            for at, query in enumerate(getattr(cell.properties, "queries", ())):
                for name in variables_of(query.text):
                    path = ("cells", number, "properties", "queries", at, "text")
                    yield Reference("variable", name, path)

    def wanted(self, entry: DashboardEntry) -> Mapping[str, Any]:
        """The names of its cells, and each cell."""
        cells = {
            _key(cell.name): {
                **{name: getattr(cell, name) for name in PLACE},
                "properties": filled(cell.properties.model_dump()),
            }
            for cell in entry.cells
        }
        return {"cells": sorted(cell.name for cell in entry.cells), **cells}

    def written(self, found: Dashboard, names: Mapping[str, str]) -> Mapping[str, Any]:
        """Its cells from the top; a name that is missing or not the only one is changed."""
        taken: Counter[str] = Counter()
        cells = []
        for cell in sorted(found.cells, key=lambda one: (one.y, one.x, one.name)):
            name = cell.name or "Unnamed"
            taken[name] += 1
            name = name if taken[name] == 1 else f"{name} ({taken[name]})"
            properties = _told(known(cell.properties))
            cells.append({"name": name, **cell.place, "properties": properties})
        return {"cells": cells}

    def present(self, found: Dashboard) -> Mapping[str, Any]:
        """As the server tells them, without what it fills in."""
        cells = {
            _key(cell.name): {**cell.place, "properties": filled(known(cell.properties))}
            for cell in reversed(found.cells)  # the first of a name is the one that is kept
        }
        return {"cells": sorted(cell.name for cell in found.cells), **cells}

    def observe(self, client: Influx) -> tuple[Dashboard, ...]:
        """The list, and each of ours with its views."""
        listed = super().observe(client)
        ours = [one.id for one in listed if self.is_ours(one)]
        seen = dashboards.all_whole(client, ours)
        return tuple(
            seen.get(one.id, one) for one in listed if one.id not in ours or one.id in seen
        )

    def _declared(
        self, entry: DashboardEntry, found: Dashboard | None, look: Look
    ) -> Iterator[Step]:
        if found is None or self.is_ours(found) or entry.adopt:
            yield from super()._declared(entry, found, look)
            return
        text = "somebody else made one of this name, and it is not looked into"
        text += ". Declare `adopt: true` to take it over"
        yield Finding(self.name, entry.name, "conflict", text)

    def create(self, change: Change, doing: Doing) -> str:
        """The dashboard with its cells in one request, then view by view."""
        cells = [
            {"name": name, **{part: change.after[_key(name)][part] for part in PLACE}}
            for name in change.after["cells"]
        ]
        body = {"name": change.name, "description": change.after["description"], "cells": cells}
        made = self.collection.create(
            doing.client, body, lambda one: one.name == change.name and self.is_ours(one)
        )
        for name, cell in zip(change.after["cells"], made.cells, strict=True):
            properties = change.after[_key(name)]["properties"]
            dashboards.write_view(doing.client, _path(made, cell.id), name, properties)
        return str(made.id)

    def update(self, change: Change, doing: Doing) -> None:
        """Bring the dashboard, then each cell that differs, to what is wanted."""
        if "description" in change.after:
            body = {"description": change.after["description"]}
            self.collection.update(doing.client, change.id, body)
        found = dashboards.whole(doing.client, change.id)
        if found is None:
            raise NotFound(f"The dashboard {change.name!r} is gone.", status=404)
        cells: dict[str, Cell] = {}
        for cell in found.cells:
            cells.setdefault(cell.name, cell)
        if "cells" in change.after:
            for cell in found.cells:
                if cell is not cells[cell.name] or cell.name not in change.after["cells"]:
                    dashboards.delete_cell(doing.client, _path(found, cell.id))
        for key, wanted in change.after.items():
            if key.startswith(_key("")):
                _write_cell(doing.client, found, cells, key.removeprefix(_key("")), wanted)


def _path(dashboard: Dashboard, cell_id: str) -> str:
    return f"{dashboards.DASHBOARDS.path}/{dashboard.id}/cells/{cell_id}"


def _write_cell(
    client: Influx,
    dashboard: Dashboard,
    cells: Mapping[str, Cell],
    name: str,
    wanted: Mapping[str, Any],
) -> None:
    """Place and view of a cell, one that is missing first made."""
    place = {part: wanted[part] for part in PLACE}
    if name in cells:
        path = _path(dashboard, cells[name].id)
        dashboards.write_place(client, path, place)
    else:
        path = _path(dashboard, dashboards.add_cell(client, dashboard.id, name, place))
    dashboards.write_view(client, path, name, wanted["properties"])


def _told(value: Any) -> Any:
    """Without null and empty texts, by which a server says that it was not told."""
    if isinstance(value, dict):
        return {name: _told(item) for name, item in value.items() if item not in (None, "")}
    return [_told(item) for item in value] if isinstance(value, list) else value
