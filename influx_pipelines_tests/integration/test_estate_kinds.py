"""Each kind that is declared as a list, over HTTP: made, changed by hand, mended, pruned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.kinds import BY_NAME, KINDS
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.proxy import Proxy


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
FILES = {
    "mine.flux": 'option task = {name: "mine", cron: "0 6 * * *"}\n\nbuckets() |> limit(n: 1)\n',
    "tasks/other.flux.j2": "option task = {{ task }}\n"
    "from(bucket: {{ bucket }}) |> range(start: -1h) |> limit(n: {{ last }})",
}
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


class World:
    """A folder with a declaration, and a server."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client, self.folder = client, folder / "estate"
        for name, text in FILES.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)

    def declare(self, text: str) -> None:
        (self.folder / "estate.yaml").write_text(text)

    def plan(self, *, prune: bool = False) -> Plan:
        observed = estate.observe(self.client)
        return estate.plan(load(self.folder), observed, self.ledger, prune=prune)

    def apply(self, planned: Plan | None = None, **options: Any) -> Applied:
        applied = estate.apply(planned or self.plan(), self.client, self.ledger, **options)
        assert not applied.failed, applied.failed
        return applied

    def raw(self, kind: ObjectKind[Any, Any]) -> list[dict[str, Any]]:
        """What the server tells, word for word."""
        path = kind.collection.path
        found = self.client.request("GET", path, params={"orgID": self.client.org_id})
        return list(found[kind.collection.key or kind.collection.name])

    def labels(self, kind: ObjectKind[Any, Any]) -> list[list[str]]:
        """The labels of each object."""
        return [sorted(label["name"] for label in one["labels"]) for one in self.raw(kind)]


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "a-token-for-the-hook")


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


def labelled(text: str, key: str, labels: str) -> str:
    """A declaration in which every entry of a list has labels."""
    entry = f"\n  - labels: {labels}\n    "
    before, below, entries = text.partition(f"{key}:\n")
    return before + below + entries.replace("\n  - ", entry).replace("  - ", entry[1:], 1)


def kind_of(case: Case) -> ObjectKind[Any, Any]:
    kind = BY_NAME[case.kind]
    assert isinstance(kind, ObjectKind)
    return kind


def test_every_kind_with_a_list_of_its_own_has_a_case() -> None:
    assert {case.kind for case in CASES} == {
        kind.name for kind in KINDS if isinstance(kind, ObjectKind)
    }


def test_a_second_apply_finds_nothing_to_change(world: World, case: Case) -> None:
    world.declare(case.declared)
    planned = world.plan()
    assert {change.action for change in planned.changes} == {"create"}
    world.apply(planned)
    assert world.plan() == Plan()
    if kind_of(case).takes_labels:
        labels = world.labels(kind_of(case))
        assert labels == [[LABEL]] * len(labels)


def test_a_changed_declaration_is_brought_to_the_server(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    world.declare(case.changed)
    (change,) = world.plan().changes
    assert (change.kind, change.action) == (case.kind, "update")
    world.apply()
    assert world.plan() == Plan()


def test_declared_labels_are_attached_and_taken_off_and_others_stay(
    world: World, case: Case
) -> None:
    kind = kind_of(case)
    if not kind.takes_labels:
        return
    world.declare(case.declared)
    world.apply()
    theirs = world.client.create_label("theirs").id
    objects = world.raw(kind)
    for one in objects:
        world.client.add_label(kind.collection.name, one["id"], theirs)
    assert world.plan() == Plan()
    world.declare(labelled(case.declared, kind.key, "[team b, THEIRS, A]") + TEAMS)
    changes = [change for change in world.plan().changes if change.kind == kind.name]
    told = [(change.before, change.after["labels"]) for change in changes]
    assert told == [({"labels": ["theirs"]}, ["A", "Team B", "theirs"])] * len(objects)
    world.apply()
    assert world.plan() == Plan()
    assert world.labels(kind) == [sorted([LABEL, "A", "Team B", "theirs"])] * len(objects)
    world.declare(labelled(case.declared, kind.key, "[Team B]") + TEAMS)
    world.apply()
    assert world.plan() == Plan()
    assert world.labels(kind) == [sorted([LABEL, "Team B", "theirs"])] * len(objects)


def test_what_was_changed_by_hand_is_named_and_mended(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    kind = kind_of(case)
    found = world.raw(kind)[-1]
    method = kind.changes_by
    changes = case.made_by_hand(world, found["name"])
    whole = method == "PUT" or kind.name == "dashboard"  # a PATCH of cells needs more beside them
    body = {**found, **changes} if whole else changes
    kind.collection.update(world.client, found["id"], body, method=method)
    (change,) = world.plan().changes
    assert (change.name, change.action) == (found["name"], "update")
    world.apply()
    assert world.plan() == Plan()


def test_what_is_not_ours_is_untouched_word_for_word(world: World, case: Case) -> None:
    kind = kind_of(case)
    world.declare(case.declared)
    names = list(load(world.folder).of(kind.key))
    for name in [*names, "theirs"]:
        body = {"orgID": world.client.org_id, **case.made_by_hand(world, name)}
        world.client.request("POST", kind.collection.path, json=body)
    before = world.raw(kind)
    planned = world.plan(prune=True)
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert world.raw(kind) == before
    assert [f.name for f in world.plan().conflicts] == names


def test_pruning_needs_the_fingerprint_and_takes_only_ours(world: World, case: Case) -> None:
    kind = kind_of(case)
    body = {"orgID": world.client.org_id, **case.made_by_hand(world, "theirs")}
    world.client.request("POST", kind.collection.path, json=body)
    world.declare(case.declared)
    world.apply()
    world.declare("")
    planned = world.plan(prune=True)
    assert world.apply(planned).summary().endswith("skipped")
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert [one["name"] for one in world.raw(kind) if one["name"] != LABEL] == ["theirs"]


def test_an_answer_that_is_lost_makes_nothing_twice(
    world: World, case: Case, server: Connection, org: str
) -> None:
    world.declare(case.declared)
    path, lost = kind_of(case).collection.path, []

    def lose(method: str, asked: str, number: int) -> str | None:
        if method == "POST" and asked == path and not lost:
            lost.append(number)
            return "lose"
        return None

    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        proxy.fault = lose
        through = World(client, world.folder.parent)
        through.apply()
        assert through.plan() == Plan()
    assert lost
    names = [one["name"] for one in world.raw(kind_of(case)) if one["name"] != LABEL]
    assert len(names) == len(set(names)) == len(load(world.folder).of(kind_of(case).key))


def test_what_our_token_may_make_and_not_read_is_not_made_anew_by_each_apply(
    world: World, case: Case, server: Connection, org: str
) -> None:
    """A list leaves out what may not be read: every apply made another dashboard of the name."""
    kind = kind_of(case)
    world.declare(case.declared)
    world.apply()
    for one in world.raw(kind):
        kind.collection.delete(world.client, one["id"])
    types = [k.collection.name for k in KINDS if isinstance(k, ObjectKind)]
    rights = [*((a, t) for a in ("read", "write") for t in [*types, "buckets", "secrets"])]
    rights.remove(("read", kind.collection.name))
    org_id = world.client.org_id
    permissions = [{"action": a, "resource": {"type": t, "orgID": org_id}} for a, t in rights]
    permissions.append({"action": "read", "resource": {"type": "orgs", "id": org_id}})
    token = world.client.create_token("blind", permissions, lambda: None)
    with Influx(server.url, token.secret.get_secret_value(), org) as client:
        blind = World(client, world.folder.parent)
        failed = estate.apply(blind.plan(), client, blind.ledger).failed
    assert {one.change.kind for one in failed} == {kind.name}
    left = world.raw(kind)
    # Some kinds cannot be deleted by whom may not read them; then it is one, and no dashboard.
    assert len(left) <= (kind.name not in ("dashboard", "task", "notification_rule"))
