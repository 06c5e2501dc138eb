"""`influx-pipelines ingest ci`, as a person runs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.ci.points import CiJob
from influx_pipelines_tests.project import Project
from influx_pipelines_tests.services.github import FakeGitHub, FakeJob, FakeRun

pytestmark = pytest.mark.timeout(120)


def test_one_pass_tells_what_it_did_and_goes_on_after_the_limit(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    influx.create_bucket("ci_jobs", retention_seconds=0)
    now = datetime.now(UTC)
    runs = [FakeRun(n, now - timedelta(minutes=n), [FakeJob(100 + n)]) for n in range(1, 6)]
    with FakeGitHub(runs) as fake:
        project = Project(
            tmp_path / "project",
            INFLUXDB_URL=server.url,
            INFLUXDB_TOKEN=server.token,
            INFLUXDB_ORG=influx.org,
            GITHUB_API_URL=fake.url,
            GITHUB_TOKEN=fake.token,
        )
        none = project.run("ingest", "ci")
        assert none.returncode == 0 and "no repository: name one in" in none.stdout
        project.environ["CI_REPOSITORIES"] = "o/r"
        fake.limit = 4
        partial = project.run("ingest", "ci", "--days", "2")
        assert partial.returncode == 2, partial.stderr
        assert "the same command goes on after" in partial.stdout
        fake.limit = None
        done = project.run("ingest", "ci", "--days", "2")
        assert done.returncode == 0, done.stderr
        assert len(influx.read("ci_jobs", CiJob, start=now - timedelta(days=1)).rows()) == 5
        assert fake.token not in partial.stdout + done.stdout
        assert project.files_with(fake.token) == []
