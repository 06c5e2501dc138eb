"""`influx-pipelines ingest ci`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from influx_pipelines.cli import app
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.ci.points import CiJob
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.services.github import FakeGitHub, FakeJob, FakeRun


def ingest() -> Result:
    return CliRunner().invoke(app, ["ingest", "ci", "--days", "2"], catch_exceptions=False)


def test_one_pass_tells_what_it_did_and_goes_on_after_the_limit(
    tmp_path: Path, server: Connection, influx: Influx, monkeypatch: pytest.MonkeyPatch
) -> None:
    influx.create_bucket("ci_jobs", retention_seconds=0)
    now = datetime.now(UTC)
    runs = [FakeRun(n, now - timedelta(minutes=n), [FakeJob(100 + n)]) for n in range(1, 6)]
    with FakeGitHub(runs) as fake:
        environ = {
            "INFLUXDB_URL": server.url,
            "INFLUXDB_TOKEN": server.token,
            "INFLUXDB_ORG": influx.org,
            "INFLUX_PIPELINES_ESTATE": str(ROOT / "estate"),
            "INFLUX_PIPELINES_HOME": str(tmp_path),
            "GITHUB_API_URL": fake.url,
            "GITHUB_TOKEN": fake.token,
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        none = ingest()
        assert none.exit_code == 0 and "no repository: name one in" in none.output
        monkeypatch.setenv("CI_REPOSITORIES", "o/r")
        fake.limit = 4
        partial = ingest()
        assert partial.exit_code == 2
        assert "the same command goes on after" in partial.output
        fake.limit = None
        done = ingest()
        assert done.exit_code == 0, done.output
        assert len(influx.read("ci_jobs", CiJob, start=now - timedelta(days=1)).rows()) == 5
        assert fake.token not in partial.output + done.output
