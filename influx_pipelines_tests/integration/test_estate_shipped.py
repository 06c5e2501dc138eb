"""The shipped estate with forty applications: applied, left alone, changed by hand, mended."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.kinds import NAMES
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.kindcases import CASES, kind_of
from influx_pipelines_tests.proxy import Proxy
from influx_pipelines_tests.world import World

APPLICATIONS = [f"team-{number:02}" for number in range(40)]
# What is not shipped, since it is of somebody's own: one of each kind.
OWN = """
labels: [{name: team-a, color: "#ff0000"}]
secrets: [{name: hook-token, env: SLACK_URL}]
telegraf_configs: [{name: hosts, config: "[agent]\\n"}]
notification_endpoints: [{name: hook, type: http, url: "http://127.0.0.1:1", token: hook-token}]
notification_rules: [{name: all, endpoint: hook, every: 1m, statuses: [{current: any}]}]
"""
# The object of each kind that somebody changes, and how; those that are deleted have no body.
CHANGED: dict[str, tuple[str, dict[str, Any]]] = {
    "label": ("team-a", {"properties": {"color": "#00ff00"}}),
    "bucket": ("team_07", {"retentionRules": [{"type": "expire", "everySeconds": 259_200}]}),
    "variable": ("host", {"arguments": {"type": "constant", "values": ["by hand"]}}),
    "telegraf_config": ("hosts", {"config": "# by hand"}),
    "task": ("Team_12 restarts", {"status": "inactive"}),
    "monitoring_check": ("CPU CHECK", {"status": "inactive"}),
    "notification_endpoint": ("hook", {"status": "inactive"}),
    "notification_rule": ("all", {"status": "inactive"}),
    "dashboard": ("Weather", {"name": "Weather", "cells": []}),
    "token": ("telegraf", {"status": "inactive"}),
}

Lists = dict[str, dict[str, Any]]  # raw objects by list and ID


@pytest.fixture
def world(influx: Influx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A server with something of somebody else in every list, and the shipped files."""
    monkeypatch.setenv("SLACK_URL", "the-token-of-the-hook")
    made = World(influx, tmp_path)
    make_theirs(made)
    shutil.rmtree(made.folder)
    shutil.copytree(ROOT / "estate", made.folder)
    buckets = (made.folder / "buckets.yaml").read_text().partition("  names:")[0]
    names = "".join(f"    - {name}\n" for name in APPLICATIONS)
    (made.folder / "buckets.yaml").write_text(f"{buckets}  names:\n{names}")
    (made.folder / "own.yaml").write_text(OWN)
    return made


def make_theirs(world: World) -> None:
    """One object of each kind, as somebody makes it who has never heard of this project."""
    for case in CASES:
        body = {"orgID": world.client.org_id, **case.made_by_hand(world, "theirs")}
        world.client.request("POST", kind_of(case).collection.path, json=body)
    org_id = world.client.org_id
    bucket = {"orgID": org_id, "name": "theirs", "retentionRules": []}
    made = world.client.request("POST", "/api/v2/buckets", json=bucket)
    mapping = {"bucketID": made["id"], "database": "v1", "retention_policy": "autogen"}
    world.client.request("POST", "/api/v2/dbrps", json={"orgID": org_id, **mapping})
    world.client.put_secret("theirs", "their value")
    right = {"action": "read", "resource": {"type": "buckets", "id": made["id"], "orgID": org_id}}
    token = {"orgID": org_id, "description": "theirs", "permissions": [right]}
    world.client.request("POST", "/api/v2/authorizations", json=token)


PATH_OF = {"bucket": "buckets", "token": "authorizations", "dbrp_mapping": "dbrps"} | {
    case.kind: kind_of(case).collection.name for case in CASES
}


def everything(client: Influx) -> Lists:
    """Every object of every list as the server tells it, by list and ID."""
    found = {"secrets": {name: {} for name in client.secrets()}}
    for name in PATH_OF.values():
        answer = client.request(
            "GET", f"/api/v2/{name}", params={"orgID": client.org_id, "limit": 100}
        )
        # Some lists are called otherwise than their path.
        lists = [value for value in answer.values() if isinstance(value, list)]
        found[name] = {one["id"]: one for one in lists[0]}
    return found


def by_hand(client: Influx) -> None:
    """Change one object of every kind that is ours."""
    there = everything(client)
    for kind, (name, body) in CHANGED.items():
        path = PATH_OF[kind]
        (found,) = (one for one in there[path].values() if name_of(one) == name)
        method, sent = ("PUT", {**found, **body}) if path == "telegrafs" else ("PATCH", body)
        client.request(method, f"/api/v2/{path}/{found['id']}", json=sent)
    client.delete_secret("hook-token")
    physical = [one for one in there["dbrps"].values() if not one.get("virtual")]
    (mapped,) = (one for one in physical if one["database"] == "team_07")
    client.request("DELETE", f"/api/v2/dbrps/{mapped['id']}", params={"orgID": client.org_id})


def name_of(found: dict[str, Any]) -> str:
    """The name of an object; that of a token stands in its description."""
    return str(found.get("name") or found["description"].partition(":")[0])


def only(found: Lists, known: Lists) -> Lists:
    """Of `found`, those objects that are in `known` too."""
    return {name: {id: found[name].get(id) for id in objects} for name, objects in known.items()}


def test_the_shipped_estate_is_applied_left_alone_and_mended(
    world: World, server: Connection, org: str
) -> None:
    theirs = everything(world.client)
    assert all(theirs.values()), "something of somebody else is in every list"
    first = world.apply()
    assert len(first.results) >= 240
    declared = load(world.folder)

    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        planned = estate.plan(declared, estate.observe(client), world.ledger)
        assert planned.changes == ()
        estate.apply(planned, client, world.ledger)
        assert proxy.changes == []
        assert len(proxy.requests) <= 20 + len(declared.of("dashboards")), proxy.requests

    by_hand(world.client)
    planned = world.plan()
    wanted = {(kind, name) for kind, (name, _) in CHANGED.items()}
    wanted |= {("secret", "hook-token"), ("dbrp_mapping", "team_07")}
    assert {kind for kind, _ in wanted} == set(NAMES)
    named = {(one.kind, one.name.partition(" ← ")[0]) for one in planned.changes}
    assert named == wanted
    world.apply(planned)
    assert world.plan().changes == ()
    assert only(everything(world.client), theirs) == theirs
