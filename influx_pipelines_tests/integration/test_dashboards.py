"""Dashboards over HTTP: cells and views are made, followed and mended in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.proxy import Proxy

ROOT = Path(__file__).parents[2]
KINDS = ("variable", "dashboard")
PATH = "/api/v2/dashboards"
DECLARED = load(ROOT / "estate")


class World:
    """The shipped dashboards, on a server."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client = client
        self.ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)

    def plan(self, client: Influx | None = None) -> Plan:
        observed = estate.observe(client or self.client, KINDS)
        return estate.plan(DECLARED, observed, self.ledger, kinds=KINDS)

    def apply(self) -> None:
        assert not estate.apply(self.plan(), self.client, self.ledger).failed

    def named(self, name: str) -> dict[str, Any]:
        """The first dashboard of a name, with its views."""
        listed = self.client.request("GET", PATH, params={"orgID": self.client.org_id})
        id = next(one["id"] for one in listed["dashboards"] if one["name"] == name)
        found = self.client.request("GET", f"{PATH}/{id}", params={"include": "properties"})
        assert isinstance(found, dict)
        return found


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


def move(world: World, cell: str, found: Mapping[str, Any]) -> None:
    world.client.request("PATCH", cell, json={"x": 11})


def empty(world: World, cell: str, found: Mapping[str, Any]) -> None:
    world.client.request("PATCH", f"{cell}/view", json={"name": found["cells"][0]["name"]})


def redraw(world: World, cell: str, found: Mapping[str, Any]) -> None:
    first = found["cells"][0]
    properties = {**first["properties"], "geom": "step"}
    world.client.request(
        "PATCH", f"{cell}/view", json={"name": first["name"], "properties": properties}
    )


def rename(world: World, cell: str, found: Mapping[str, Any]) -> None:
    properties = found["cells"][0]["properties"]
    body = {"name": "by hand", "properties": properties}
    world.client.request("PATCH", f"{cell}/view", json=body)


def remove(world: World, cell: str, found: Mapping[str, Any]) -> None:
    world.client.request("DELETE", cell)


def add(world: World, cell: str, found: Mapping[str, Any]) -> None:
    world.client.request(
        "POST", f"{PATH}/{found['id']}/cells", json={"x": 0, "y": 9, "w": 1, "h": 1}
    )


def double(world: World, cell: str, found: Mapping[str, Any]) -> None:
    body = {"x": 0, "y": 9, "w": 1, "h": 1, "name": found["cells"][0]["name"]}
    world.client.request("POST", f"{PATH}/{found['id']}/cells", json=body)


@pytest.mark.parametrize("by_hand", [move, empty, redraw, rename, remove, add, double])
def test_what_was_changed_by_hand_is_named_alone_and_mended(world: World, by_hand: Any) -> None:
    world.apply()
    assert world.plan() == Plan()
    before = world.named("Weather")
    by_hand(world, f"{PATH}/{before['id']}/cells/{before['cells'][0]['id']}", before)
    (change,) = world.plan().changes
    assert (change.kind, change.name, change.action) == ("dashboard", "Weather", "update")
    world.apply()
    assert world.plan() == Plan()
    kept = {cell["id"] for cell in world.named("Weather")["cells"]}
    # The others are the same ones as before: changed in place, if at all.
    assert {cell["id"] for cell in before["cells"][1:]} <= kept


def test_a_plan_without_changes_costs_one_request_a_dashboard(
    world: World, server: Connection, org: str
) -> None:
    world.apply()
    asked: list[str] = []

    def count(method: str, path: str, number: int) -> None:
        asked.append(path)

    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        proxy.fault = count
        assert world.plan(client) == Plan()
    of_dashboards = [path for path in asked if path.startswith(PATH)]
    assert len(of_dashboards) == 1 + len(DECLARED.of("dashboards"))


def test_one_of_the_same_name_that_somebody_else_made_stays_word_for_word(world: World) -> None:
    body = {"orgID": world.client.org_id, "name": "Weather", "cells": [{"x": 1, "w": 2, "h": 2}]}
    world.client.request("POST", PATH, json=body)
    before = world.named("Weather")
    world.apply()
    assert world.named("Weather") == before
    (conflict,) = world.plan().conflicts
    assert (conflict.kind, conflict.name) == ("dashboard", "Weather")


def test_one_that_is_adopted_becomes_what_is_declared_with_its_id(
    influx: Influx, tmp_path: Path
) -> None:
    folder = tmp_path / "estate" / "dashboards"
    folder.mkdir(parents=True)
    text = "name: Plant\nadopt: true\ncells:\n  - name: A\n    properties: {type: markdown}\n"
    (folder / "plant.yaml").write_text(text)
    body = {"orgID": influx.org_id, "name": "Plant", "cells": [{"x": 1, "w": 2, "h": 2}]}
    made = influx.request("POST", PATH, json=body)
    declared, ledger = load(folder.parent), Ledger.open(tmp_path / "l", influx.url, influx.org_id)

    def planned() -> Plan:
        return estate.plan(declared, estate.observe(influx, KINDS), ledger, kinds=KINDS)

    (change,) = planned().changes
    assert (change.action, change.id) == ("adopt", made["id"])
    assert not estate.apply(planned(), influx, ledger).failed
    assert planned() == Plan()
    found = influx.request("GET", f"{PATH}/{made['id']}", params={"include": "properties"})
    assert [cell["name"] for cell in found["cells"]] == ["A"]
