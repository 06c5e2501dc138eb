"""Dashboards with their cells and views; each of the requests can be sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import Cell, Dashboard
from influx_pipelines.influx.paging import create_once
from influx_pipelines.influx.session import Session

DASHBOARDS = Collection("dashboards", Dashboard)
AT_ONCE = 8


def whole(client: Session, id: str) -> Dashboard | None:
    """One dashboard with its views, which the list leaves out; None when it is gone."""
    try:
        params = {"include": "properties"}
        found = client.request("GET", f"{DASHBOARDS.path}/{id}", params=params)
    except NotFound:
        return None
    return Dashboard.model_validate(found)


def all_whole(client: Session, ids: list[str]) -> dict[str, Dashboard]:
    """Several by ID, one request each; without those that are gone."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda id: whole(client, id), ids)
        return {one.id: one for one in found if one is not None}


def write_view(client: Session, path: str, name: str, properties: Mapping[str, Any]) -> None:
    """Name and properties in full: a PATCH that leaves the properties out empties the view."""
    body = {"name": name, "properties": dict(properties)}
    client.request("PATCH", f"{path}/view", json=body)


def write_place(client: Session, path: str, place: Mapping[str, int]) -> None:
    """Position and size, in full."""
    client.request("PATCH", path, json=dict(place))


def add_cell(client: Session, id: str, name: str, place: Mapping[str, int]) -> str:
    """A new cell with an empty view; its ID."""
    path = f"{DASHBOARDS.path}/{id}/cells"

    def there() -> str | None:
        found = whole(client, id)
        return next((cell.id for cell in found.cells if cell.name == name), None) if found else None

    def make() -> str:
        body = {**place, "name": name}
        return Cell.model_validate(client.request("POST", path, json=body, retry=False)).id

    return create_once(make, there, client.retry_seconds)


def delete_cell(client: Session, path: str) -> None:
    """One cell less; one that is gone already is as good."""
    try:
        client.request("DELETE", path)
    except NotFound:
        return
