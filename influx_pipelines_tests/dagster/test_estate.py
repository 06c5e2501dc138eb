"""The assets that apply the estate, kind by kind, and the plan of everything."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.estate import assets
from influx_pipelines.defs.tasks.assets import tasks
from influx_pipelines.estate import exclusive
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines_tests.dagster.conftest import World

VARIABLE = "variables:\n  - name: levels\n    values: [low, high]\n"
TASK = "tasks:\n  - {name: mine, template: mine, every: 1h}\n"
DASHBOARD = "dashboards:\n  - name: empty\n"
LABEL = "labels:\n  - name: team\n"
SECRET = "secrets:\n  - name: slack\n    env: SLACK_URL\n"
TELEGRAF = "telegraf_configs:\n  - name: hosts\n    config: ''\n"
CHECK = """monitoring_checks:
  - name: load
    every: 1m
    query: |
      from(bucket: "_monitoring") |> range(start: -1m) |> filter(fn: (r) => r._field == "v")
    thresholds: [{level: crit, above: 5}]
"""
ENDPOINT = "notification_endpoints:\n  - {name: e, type: http, url: 'http://127.0.0.1:1/'}\n"
RULE = """notification_rules:
  - {name: rule, endpoint: e, every: 1m, statuses: [{current: crit}]}
"""
CASES = {
    "label": (assets.labels, LABEL),
    "secret": (assets.secrets, SECRET),
    "variable": (assets.variables, VARIABLE),
    "task": (tasks, TASK),
    "dashboard": (assets.dashboards, DASHBOARD),
    "telegraf_config": (assets.telegraf_configs, TELEGRAF),
    "monitoring_check": (assets.monitoring_checks, CHECK),
    "notification_endpoint": (assets.notification_endpoints, ENDPOINT),
}
VALUE = "https://hooks.example/s3cr3t"


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", VALUE)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[dg.AssetsDefinition, str]:
    return CASES[request.param]


def materialize(
    world: World, asset: dg.AssetsDefinition, check: str = "as_declared"
) -> tuple[bool, dict[str, Any]]:
    """Whether the asset check passed, and the metadata."""
    result = world.run(asset)
    found = {one.check_name: one for one in result.get_asset_check_evaluations()}[check]
    (event,) = result.asset_materializations_for_node(asset.op.name)
    return found.passed, {name: value.value for name, value in event.metadata.items()}


def test_the_asset_makes_what_is_declared(
    world: World, case: tuple[dg.AssetsDefinition, str]
) -> None:
    asset, text = case
    (world.folder / "tasks").mkdir()
    (world.folder / "tasks" / "mine.flux.j2").write_text("option task = {{ task }}\nbuckets()\n")
    world.declare(text)
    passed, metadata = materialize(world, asset)
    assert passed
    assert "created" in metadata["summary"]
    assert VALUE not in str(metadata)
    passed, metadata = materialize(world, asset)
    assert passed
    assert metadata["summary"] == "nothing to change"


def test_a_conflict_fails_the_check(world: World) -> None:
    body = {"orgID": world.client.org_id, "name": "levels"}
    arguments = {"type": "constant", "values": ["theirs"]}
    world.client.request("POST", "/api/v2/variables", json={**body, "arguments": arguments})
    world.declare(VARIABLE)
    passed, metadata = materialize(world, assets.variables)
    assert not passed
    assert "adopt: true" in str(metadata["found"])


def test_a_rule_needs_its_endpoint_and_tells_what_the_server_ignores(world: World) -> None:
    limited = RULE.replace("every: 1m", "every: 1m, limit: 1, limit_every: 60")
    world.declare(ENDPOINT + limited)
    passed, metadata = materialize(world, assets.notification_rules)
    assert not passed
    assert "There is no notification endpoint 'e'" in str(metadata["plan"])
    assert materialize(world, assets.notification_endpoints)[0]
    passed, metadata = materialize(world, assets.notification_rules)
    assert passed
    assert "limit: ignored by InfluxDB" in str(metadata["found"])
    assert materialize(world, assets.notification_rules)[1]["summary"] == "nothing to change"


SILENCE = {
    "type": "deadman",
    "every": "1m",
    "timeSince": "1m",
    "staleTime": "1h",
    "query": {"text": 'from(bucket: "_monitoring") |> range(start: -1m)'},
}
SLACK = {"type": "slack", "url": "http://127.0.0.1:1/"}
THEIRS = [
    ("checks", {"name": "load", **SILENCE}, assets.monitoring_checks, CHECK),
    ("notificationEndpoints", {"name": "e", **SLACK}, assets.notification_endpoints, ENDPOINT),
]


@pytest.mark.parametrize(("path", "theirs", "asset", "text"), THEIRS)
def test_a_monitoring_object_of_somebody_else_fails_the_asset_check(
    world: World, path: str, theirs: dict[str, Any], asset: dg.AssetsDefinition, text: str
) -> None:
    body = {"orgID": world.client.org_id, "status": "active", **theirs}
    world.client.request("POST", f"/api/v2/{path}", json=body)
    world.declare(text)
    passed, metadata = materialize(world, asset)
    assert not passed
    assert "adopt: true" in str(metadata["found"])


def test_a_dashboard_of_somebody_else_fails_the_check(world: World) -> None:
    world.client.request(
        "POST", "/api/v2/dashboards", json={"orgID": world.client.org_id, "name": "empty"}
    )
    world.declare(DASHBOARD)
    passed, metadata = materialize(world, assets.dashboards)
    assert not passed
    assert "adopt: true" in str(metadata["found"])


def test_an_apply_waits_for_another_and_then_gives_up_with_a_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "WAIT", 0.1)
    with (
        exclusively(world.estate.settings().home),
        pytest.raises(dg.Failure, match="Another apply is at work") as caught,
        world.estate.exclusively(),
    ):
        pass
    assert caught.value.allow_retries
    with world.estate.exclusively():
        pass


def test_a_value_that_changed_where_it_is_kept_fails_the_check(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.declare(SECRET)
    assert materialize(world, assets.secrets, "values_current")[0]
    monkeypatch.setenv("SLACK_URL", "another")
    passed, metadata = materialize(world, assets.secrets, "values_current")
    assert not passed
    assert metadata["summary"] == "nothing to change"
    world.declare(SECRET + '    version: "2"\n')
    assert materialize(world, assets.secrets, "values_current")[0]


def test_a_secret_without_a_value_fails_with_its_place_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_URL")
    world.declare(SECRET)
    failure = world.run(assets.secrets).failure_data_for_node(assets.secrets.op.name)
    assert failure is not None
    assert "estate/buckets.yaml:2:5: secret slack: the environment variable" in str(failure)
    assert world.client.secrets() == ()


# ------------------------------------------------------------------ the plan


def test_the_plan_names_what_differs_and_since_when_and_changes_nothing(world: World) -> None:
    world.declare(VARIABLE + LABEL)
    passed, first = materialize(world, assets.plan, "no_drift")
    assert not passed
    assert first["summary"] == "1 label to create, 1 variable to create"
    assert (
        world.client.request("GET", "/api/v2/variables", params={"orgID": world.client.org_id})[
            "variables"
        ]
        == []
    )
    _, second = materialize(world, assets.plan, "no_drift")
    assert since(second) == since(first)
    materialize(world, assets.labels)
    materialize(world, assets.variables)
    passed, third = materialize(world, assets.plan, "no_drift")
    assert passed
    assert third["summary"] == "nothing to change"


def since(metadata: dict[str, Any]) -> list[str]:
    return [str(record.data["since"]) for record in metadata["differs"].records]


def test_the_drift_of_a_kind_is_observed_at_its_asset(world: World) -> None:
    world.declare(VARIABLE)
    materialize(world, assets.plan, "no_drift")
    key = dg.AssetKey(["influx", "variables"])
    (record,) = world.instance.fetch_observations(key, limit=5).records
    observation = record.asset_observation
    assert observation is not None
    assert "levels" in str(observation.metadata["differs"].value)


def test_the_plan_needs_no_value_of_a_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_URL")
    world.declare(SECRET)
    _, metadata = materialize(world, assets.plan, "no_drift")
    assert metadata["summary"] == "1 secret to create"
