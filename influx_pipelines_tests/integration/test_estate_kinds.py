"""Each kind that is declared as a list, over HTTP: made, changed by hand, mended, pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.kinds import BY_NAME, KINDS
from influx_pipelines.estate.kinds.declared import ObjectKind
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
    by_hand: dict[str, Any]


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

LABELS = """
labels:
  - name: Team A
  - name: team-b
    description: The other team
    color: "%s"
"""

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

CASES = [
    Case(
        "dashboard",
        DASHBOARD % "# Plant",
        DASHBOARD % "# Works",
        {"cells": []},
    ),
    Case("label", LABELS % "#ff0000", LABELS % "#00ff00", {"properties": {"color": "#0000ff"}}),
    Case("telegraf_config", TELEGRAF % "10s", TELEGRAF % "20s", {"config": "# by hand"}),
    Case(
        "variable",
        VARIABLES % "high",
        VARIABLES % "middle",
        {"arguments": {"type": "constant", "values": ["by hand"]}},
    ),
]


class World:
    """A folder with a declaration, and a server."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client, self.folder = client, folder / "estate"
        self.folder.mkdir(exist_ok=True)
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


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


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
    if kind_of(case).takes_label:
        labels = [[label["name"] for label in one["labels"]] for one in world.raw(kind_of(case))]
        assert labels == [[LABEL]] * len(labels)


def test_a_changed_declaration_is_brought_to_the_server(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    world.declare(case.changed)
    (change,) = world.plan().changes
    assert (change.kind, change.action) == (case.kind, "update")
    world.apply()
    assert world.plan() == Plan()


def test_what_was_changed_by_hand_is_named_and_mended(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    kind = kind_of(case)
    found = world.raw(kind)[-1]
    method = kind.changes_by
    whole = method == "PUT" or kind.name == "dashboard"  # a PATCH of cells needs more beside them
    body = {**found, **case.by_hand} if whole else case.by_hand
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
        body = {"orgID": world.client.org_id, "name": name, **case.by_hand}
        world.client.request("POST", kind.collection.path, json=body)
    before = world.raw(kind)
    planned = world.plan(prune=True)
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert world.raw(kind) == before
    assert [f.name for f in world.plan().conflicts] == names


def test_pruning_needs_the_fingerprint_and_takes_only_ours(world: World, case: Case) -> None:
    kind = kind_of(case)
    body = {"orgID": world.client.org_id, "name": "theirs", **case.by_hand}
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
        World(client, world.folder.parent).apply()
    assert lost
    names = [one["name"] for one in world.raw(kind_of(case)) if one["name"] != LABEL]
    assert len(names) == len(set(names)) == len(load(world.folder).of(kind_of(case).key))
    assert world.plan() == Plan()
