"""Each kind that is declared as a list: how it is declared, and what somebody else makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from influx_pipelines.estate.kinds import BY_NAME
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines_tests.world import World


class Case(NamedTuple):
    """A kind as it is declared, twice; and as somebody else makes or changes it."""

    kind: str
    declared: str
    changed: str
    by_hand: dict[str, Any] | Callable[[World], dict[str, Any]]

    def made_by_hand(self, world: World, name: str) -> dict[str, Any]:
        """What somebody else sends for one of this name."""
        sent = self.by_hand(world) if callable(self.by_hand) else self.by_hand
        found: dict[str, Any] = json.loads(json.dumps(sent).replace("NAME", name))
        return {**found, "name": name}


VARIABLES = """
variables:
  - name: cluster
    description: Where it runs
    query: 'import "array" array.from(rows: [{_value: "a"}])'
  - name: colours
    values: {red: "#f00"}
  - name: levels
    values: [low, %s]
    selected: [low]
"""

TASKS = """
tasks:
  - name: mine
    description: Of my own
    script: mine.flux
    status: %s
  - name: other
    template: other
    every: 1h
    parameters: {bucket: monitoring, last: 1}
"""
BY_HAND = 'option task = {name: "NAME", every: 2h}\nbuckets() |> limit(n: 7)'

LABELS = """
labels:
  - name: Team A
  - name: team-b
    description: The other team
    color: "%s"
"""

TEAMS = "\nlabels: [{name: A}, {name: Team B}]\n"

TELEGRAF = """
buckets:
  - name: monitoring
telegraf_configs:
  - name: hosts
    description: Metrics of hosts
    config: |
      [agent]
        interval = "%s"
      [[outputs.influxdb_v2]]
        urls = ["http://localhost:8086"]
        token = "$INFLUX_TOKEN"
        bucket = "monitoring"
"""

DASHBOARD = """
dashboards:
  - name: Plant
    description: All of it
    cells:
      - name: Heat
        w: 6
        properties:
          type: xy
          queries:
            - text: 'from(bucket: "plant") |> range(start: v.timeRangeStart)'
      - name: Notes
        x: 6
        properties: {type: markdown, note: "%s"}
"""

QUERY = """from(bucket: "monitoring") |> range(start: -1m)
          |> filter(fn: (r) => r._measurement == "m" and r._field == "v")"""
BUCKET = "buckets:\n  - name: monitoring\n"
CHECKS = f"""
monitoring_checks:
  - name: load
    description: Much load
    every: 60s
    query: |
      {QUERY}
    thresholds:
      - {{level: crit, above: %s}}
      - {{level: warn, within: [0, 5]}}
    tags: {{b: "2", a: "1"}}
  - name: silence
    every: 1m
    offset: 10s
    query: |
      {QUERY}
    time_since: 90s
"""

SECRET = "secrets:\n  - name: slack-url\n    env: SLACK_URL\n"
ENDPOINTS = """
notification_endpoints:
  - name: talk
    type: slack
    url: "http://127.0.0.1:1/slack"
  - name: hook
    type: http
    url: "http://127.0.0.1:1/%s"
    token: slack-url
"""

RULES = """
notification_rules:
  - name: to slack
    endpoint: talk
    every: 1m
    offset: 5s
    statuses: [{current: ok, previous: crit}]
    tags: [{key: host, value: a}]
    message: "${ r._level }"
    channel: "#ops"
  - name: to hook
    endpoint: hook
    every: %s
    statuses: [{current: any}]
    runbook: "http://127.0.0.1:1/book"
"""

ENDPOINT_BY_HAND = {
    "type": "http",
    "status": "active",
    "url": "http://127.0.0.1:1/theirs",
    "method": "POST",
    "authMethod": "bearer",
    "token": "a-token-by-hand",
    "labels": [],
}


def check_by_hand(world: World) -> dict[str, Any]:
    return {
        "type": "threshold",
        "status": "active",
        "query": {"text": QUERY},
        "every": "2m",
        "thresholds": [{"type": "lesser", "level": "CRIT", "value": 1}],
        "labels": [],
    }


def rule_by_hand(world: World) -> dict[str, Any]:
    endpoints = BY_NAME["notification_endpoint"]
    assert isinstance(endpoints, ObjectKind)
    there = {one["name"]: one["id"] for one in world.raw(endpoints)}
    if "their hook" not in there:
        body = {"orgID": world.client.org_id, "name": "their hook", **ENDPOINT_BY_HAND}
        made = world.client.request("POST", endpoints.collection.path, json=body)
        there["their hook"] = made["id"]
    return {
        "type": "http",
        "status": "inactive",
        "every": "5m",
        "endpointID": there["their hook"],
        "statusRules": [{"currentLevel": "CRIT"}],
        "labels": [],
    }


CASES = [
    Case(
        "dashboard",
        DASHBOARD % "# Plant",
        DASHBOARD % "# Works",
        {"cells": []},
    ),
    Case("monitoring_check", BUCKET + CHECKS % 90, BUCKET + CHECKS % 95.5, check_by_hand),
    Case(
        "notification_endpoint",
        SECRET + ENDPOINTS % "hook",
        SECRET + ENDPOINTS % "other",
        ENDPOINT_BY_HAND,
    ),
    Case(
        "notification_rule",
        SECRET + ENDPOINTS % "hook" + RULES % "10m",
        SECRET + ENDPOINTS % "hook" + RULES % "5m",
        rule_by_hand,
    ),
    Case("label", LABELS % "#ff0000", LABELS % "#00ff00", {"properties": {"color": "#0000ff"}}),
    Case("telegraf_config", TELEGRAF % "10s", TELEGRAF % "20s", {"config": "# by hand"}),
    Case(
        "variable",
        VARIABLES % "high",
        VARIABLES % "middle",
        {"arguments": {"type": "constant", "values": ["by hand"]}},
    ),
    Case("task", TASKS % "active", TASKS % "inactive", {"flux": BY_HAND}),
]


def kind_of(case: Case) -> ObjectKind[Any, Any]:
    kind = BY_NAME[case.kind]
    assert isinstance(kind, ObjectKind)
    return kind
