"""The upgrade report of a real estate: by the command, the asset, and a server that is older."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import urllib3
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines.defs.server.upgrade import nothing_to_do, upgrade_report
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.settings import load_settings
from influx_pipelines.upgrade import Facts, Finding, look, report
from influx_pipelines_tests.proxy import Proxy
from influx_pipelines_tests.world import World

ESTATE = """buckets:
  - {name: monitoring, retention: 7d}
tokens:
  - name: telegraf
    permissions: [{resource: buckets, actions: [write], buckets: [monitoring]}]
tasks:
  - {name: mine, script: mine.flux}
"""


class Older(Proxy):
    """A server as 2.7.12 shows itself: another version, and every token in clear."""

    texts: dict[str, str]

    def _forward(self, handler: Any, body: bytes) -> urllib3.BaseHTTPResponse:
        answer = super()._forward(handler, body)
        headers = {**answer.headers, "X-Influxdb-Version": "2.7.12", "X-Influxdb-Build": "OSS"}
        data = answer.data
        if handler.path.startswith("/api/v2/authorizations"):
            value = json.loads(data)
            for one in value["authorizations"]:
                one["token"] = self.texts.get(one["id"], f"text-of-{one['id']}")
            data = json.dumps(value).encode()
        return urllib3.HTTPResponse(
            io.BytesIO(data), headers, answer.status, preload_content=False, decode_content=False
        )


@pytest.fixture
def world(influx: Influx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An estate that is applied, whose ledger is that of the home folder."""
    (tmp_path / "estate").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("INFLUXDB")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INFLUX_PIPELINES_HOME", str(tmp_path))
    monkeypatch.setenv("INFLUXDB_URL", influx.url)
    monkeypatch.setenv("INFLUXDB_TOKEN", influx.transport.token)
    monkeypatch.setenv("INFLUXDB_ORG", influx.org)
    made = World(influx, tmp_path)
    made.declare(ESTATE)
    made.apply()
    return made


def of(facts: Facts, subject: str) -> list[Finding]:
    return [one for one in report(facts) if one.subject == subject]


def test_an_older_server_shows_whose_text_nobody_holds(world: World, tmp_path: Path) -> None:
    client = world.client
    made = world.ledger.tokens["telegraf"].id
    client.create_token("Grafana", [_reads_buckets(client)], lambda: None)
    with Older(client.url) as older:
        file = tmp_path / "tokens" / client.org_id / "telegraf"
        older.texts = {made: file.read_text()}
        with Influx(older.url, client.transport.token, client.org) as other:
            ledger = Ledger(world.ledger.path, world.ledger.server)
            facts = look(other, load(world.folder), ledger, load_settings())
    assert facts.version == (2, 7, 12)
    assert facts.tokens is not None
    assert {one.name: one.held for one in facts.tokens if one.name in ("telegraf", "Grafana")} == {
        "telegraf": "the file tokens/…/telegraf",
        "Grafana": "",
    }
    (tokens,) = of(facts, "tokens")
    assert tokens.state == "do"
    assert "Grafana" in tokens.what
    assert file.read_text() not in str(facts)
    assert client.transport.token not in str(facts)
    assert [one.name for one in facts.tasks] == ["mine"]
    assert [one.state for one in of(facts, "restore")] == ["do"]


def test_the_command_tells_the_findings_and_shows_no_secret(world: World, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["server", "upgrade-report", "--json"])
    assert done.exit_code in (0, 2), done.output
    answer = json.loads(done.output)
    assert {"tokens", "field time", "operator token"} <= {
        one["subject"] for one in answer["findings"]
    }
    assert (done.exit_code == 2) is any(one["state"] == "do" for one in answer["findings"])
    assert world.client.transport.token not in done.output
    assert "field time" in CliRunner().invoke(app, ["server", "upgrade-report"]).output


def test_the_asset_has_the_findings_as_tables(world: World) -> None:
    client = world.client
    resources = {
        "influx": InfluxDBResource(url=client.url, token=client.transport.token, org=client.org),
        "estate": EstateResource(folder=str(world.folder)),
    }
    done = dg.materialize([upgrade_report], resources=resources)
    (seen,) = done.asset_materializations_for_node("influx__upgrade_report")
    assert {"findings", "tokens", "to_do", "version"} <= set(seen.metadata)
    (judged,) = done.get_asset_check_evaluations()
    assert judged.passed is (seen.metadata["to_do"].value == 0)


def test_the_asset_check_fails_when_something_has_to_be_done() -> None:
    assert not nothing_to_do([Finding("do", "2.9", "tokens", "Two are lost.")]).passed
    assert nothing_to_do([Finding("unknown", "2.9", "Flux", "Nobody can tell.")]).passed


def _reads_buckets(client: Influx) -> dict[str, Any]:
    return {"action": "read", "resource": {"type": "buckets", "orgID": client.org_id}}
