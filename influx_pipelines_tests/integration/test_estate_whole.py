"""Secrets over HTTP, and all kinds together: requests, kills, two applies at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines.estate.kinds import NAMES
from influx_pipelines.estate.load import load
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.kindcases import (
    CHECKS,
    DASHBOARD,
    ENDPOINTS,
    LABELS,
    RULES,
    TASKS,
    TELEGRAF,
    VARIABLES,
)
from influx_pipelines_tests.project import Project
from influx_pipelines_tests.proxy import Proxy
from influx_pipelines_tests.world import World

MARK = "Hunter2-secret"
SECRETS = """
secrets:
  - name: slack-url
    env: SLACK_URL
    version: "%s"
"""
TOKENS = """
tokens:
  - name: reader
    permissions:
      - {resource: buckets, actions: [read], buckets: [monitoring]}
"""
EVERYTHING = LABELS % "#ff0000" + SECRETS % 1 + VARIABLES % "high" + TELEGRAF % "10s"
EVERYTHING += TASKS % "active"
EVERYTHING += CHECKS % 90 + ENDPOINTS % "hook" + RULES % "10m"
EVERYTHING += DASHBOARD % "# Plant"
EVERYTHING += TOKENS
APPLICATIONS = "applications:\n  labels: [Team A]\n  names: ["
APPLICATIONS += ", ".join(f"app-{n}" for n in range(40)) + "]\n"
READ = """import "influxdata/influxdb/secrets"
import "array"
array.from(rows: [{_value: secrets.get(key: "slack-url")}])"""


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", MARK)


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


def test_a_secret_is_sent_once_and_again_for_another_version(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.declare(SECRETS % 1)
    world.apply()
    assert world.client.query(READ).rows()[0]["_value"] == MARK
    monkeypatch.setenv("SLACK_URL", "another")
    assert world.plan() == Plan()
    world.declare(SECRETS % 2)
    world.apply()
    assert world.client.query(READ).rows()[0]["_value"] == "another"
    assert world.plan() == Plan()


def test_a_secret_that_was_deleted_by_hand_is_sent_again(world: World) -> None:
    world.declare(SECRETS % 1)
    world.apply()
    world.client.delete_secret("slack-url")
    assert [change.action for change in world.plan().changes] == ["create"]
    world.apply()
    assert world.client.query(READ).rows()[0]["_value"] == MARK


def test_a_token_that_somebody_wrote_into_a_configuration_is_not_shown(world: World) -> None:
    world.declare(TELEGRAF % "10s")
    world.apply()
    (found,) = world.client.request(
        "GET", "/api/v2/telegrafs", params={"orgID": world.client.org_id}
    )["configurations"]
    body = {**found, "config": f"[[outputs.influxdb_v2]]\ntoken = '{MARK}'\n"}
    world.client.request("PUT", f"/api/v2/telegrafs/{found['id']}", json=body)
    assert world.plan().changes
    assert MARK not in repr(world.plan())


def test_a_secret_of_somebody_else_is_left_until_it_is_adopted(world: World) -> None:
    world.client.put_secret("slack-url", "theirs")
    world.declare(SECRETS % 1)
    planned = world.plan(prune=True)
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert world.client.query(READ).rows()[0]["_value"] == "theirs"
    world.declare(SECRETS % 1 + "    adopt: true\n")
    world.apply()
    assert world.client.query(READ).rows()[0]["_value"] == MARK
    world.declare("")
    planned = world.plan(prune=True)
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert world.client.secrets() == ()


def test_a_missing_value_stops_the_apply_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_URL")
    world.declare(EVERYTHING)
    with pytest.raises(EstateError, match="the environment variable SLACK_URL is not set"):
        world.apply()
    assert {change.action for change in world.plan().changes} == {"create"}


def test_no_value_of_a_secret_is_in_a_plan_a_result_or_a_file(world: World) -> None:
    world.declare(EVERYTHING)
    planned = world.plan()
    applied = world.apply(planned)
    assert MARK not in repr(applied) + repr(planned) + str(planned.to_json())
    for path in world.folder.parent.rglob("*"):
        assert path.is_dir() or MARK not in path.read_text()


def test_one_apply_is_enough_and_a_second_one_costs_at_most_twenty_requests(
    world: World, server: Connection, org: str
) -> None:
    world.declare(EVERYTHING + APPLICATIONS)
    world.apply()
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        planned = estate.plan(load_of(world), estate.observe(client), world.ledger)
        assert planned == Plan()
        estate.apply(planned, client, world.ledger)
        assert proxy.changes == []
        assert len(proxy.requests) <= 20


def test_pruning_takes_what_needs_others_before_them(
    world: World, server: Connection, org: str
) -> None:
    world.declare(EVERYTHING)
    world.apply()
    world.declare("")
    planned = world.plan(prune=True)
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        estate.apply(planned, client, world.ledger, allow_data_loss=planned.fingerprint)
        deleted = [path.split("/")[3] for method, path in proxy.requests if method == "DELETE"]
    monitoring = ["notificationRules", "notificationEndpoints", "checks"]
    access = ["authorizations", "orgs", "buckets", "labels"]
    order = ["dashboards", *monitoring, "tasks", "telegrafs", "variables", *access]
    assert list(dict.fromkeys(deleted)) == order
    assert world.plan() == Plan()


@pytest.mark.parametrize("number", range(6))
def test_after_an_apply_that_was_cut_off_the_next_one_ends_as_declared(
    world: World, server: Connection, org: str, number: int
) -> None:
    """From some request on the server takes nothing any more, as when our process is killed."""
    world.declare(EVERYTHING)
    last = random.Random(number).randint(3, 40)
    with (
        Proxy(server.url) as proxy,
        Influx(proxy.url, server.token, org, retry_seconds=0.0) as client,
    ):
        _ = client.org_id
        planned = estate.plan(load_of(world), estate.observe(client), world.ledger)
        begun = len(proxy.requests)
        proxy.fault = lambda method, path, n: "refuse" if n > begun + last else None
        estate.apply(planned, client, world.ledger)
    world.apply()
    assert world.plan() == Plan()
    names = [
        (kind, one.name)
        for kind in (
            "label",
            "variable",
            "telegraf_config",
            "dashboard",
            "monitoring_check",
            "notification_rule",
        )
        for one in estate.observe(world.client).others[kind]
    ]
    assert len(names) == len(set(names))
    tokens = [one for one in world.client.tokens() if one.description.startswith("reader:")]
    assert len(tokens) == 1


@pytest.mark.proof
@pytest.mark.parametrize("number", range(20))
def test_after_an_apply_that_was_killed_the_next_one_ends_as_declared(
    world: World, server: Connection, org: str, tmp_path: Path, number: int
) -> None:
    with Proxy(server.url) as proxy:
        names = {"INFLUXDB_URL": proxy.url, "INFLUXDB_TOKEN": server.token, "INFLUXDB_ORG": org}
        project = Project(tmp_path / "project", **names, SLACK_URL=MARK)
        (project.folder / "estate" / "more.yaml").write_text(LABELS % "#ff0000" + SECRETS % 1)
        process = project.start("apply")
        last = random.Random(number).randint(1, 24)

        def kill(method: str, path: str, n: int) -> str | None:
            if len(proxy.changes) >= last:
                process.kill()
            return None

        proxy.fault = kill
        process.wait(60)
        proxy.fault = lambda method, path, n: None
        assert process.returncode < 0, "it was done before it was killed"
        done = project.run("apply")
        assert done.returncode == 0, done.stdout + done.stderr
        assert project.run("plan").stdout.strip() == "nothing to change"


def test_two_applies_at_once_make_nothing_twice(world: World) -> None:
    """Telegraf configurations have no unique names: each apply made its own."""
    world.declare(TELEGRAF % "10s")

    def one() -> None:
        with exclusively(world.folder.parent / "home"):
            world.apply()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(one) for _ in range(2)]:
            future.result()
    assert len(estate.observe(world.client).others["telegraf_config"]) == 1


def load_of(world: World) -> Estate:
    return load(world.folder)


def test_every_kind_is_in_the_declaration_of_these_tests(world: World) -> None:
    world.declare(EVERYTHING)
    assert {change.kind for change in world.plan().changes} == set(NAMES)


def test_every_change_that_is_declared_names_its_place(world: World) -> None:
    world.declare(EVERYTHING)
    changes = [change for change in world.plan().changes if change.kind != "dbrp_mapping"]
    assert all(change.place.startswith("estate/estate.yaml:") for change in changes)
