"""`influx-pipelines restore`: the plan first, exit statuses, and no token on any screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.cli import app
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.integration.backups.conftest import SETS
from influx_pipelines_tests.services.native_restore import OF_SAMPLES, RestoringServer

Put = Callable[[str], BackupSet]
Run = Callable[..., Result]
ESTATE = """
labels: [{name: "tier:one"}, {name: of-another}]
buckets:
  - {name: two-shards, adopt: true, labels: ["tier:one"]}
  - {name: another, labels: [of-another]}
mappings: declared
tokens:
  - {name: reader, permissions: [{resource: buckets, actions: [read], buckets: [two-shards]}]}
  - {name: other, permissions: [{resource: buckets, actions: [read], buckets: [another]}]}
tasks: [{name: hourly, script: tasks/hourly.flux, status: inactive}]
"""
TASK = """option task = {name: "hourly", every: 1h, offset: 0s}

from(bucket: "two-shards") |> range(start: -1h) |> mean() |> to(bucket: "empty")
"""


@pytest.fixture
def run(
    restoring: RestoringServer,
    server: Connection,
    org: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    monkeypatch.chdir(tmp_path)
    values = {
        "INFLUXDB_URL": restoring.url,
        "INFLUXDB_TOKEN": server.token,
        "INFLUXDB_BACKUP_TOKEN": restoring.token,
        "INFLUXDB_ORG": org,
        "INFLUX_PIPELINES_BACKUP_FOLDER": str(tmp_path / "backups"),
        "INFLUX_PIPELINES_RETRY_SECONDS": "0",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, **more: CliRunner().invoke(
        app, ["restore", *arguments], env={"COLUMNS": "200", **more}
    )


def test_a_restored_bucket_gets_its_label_mapping_token_and_task_from_the_estate(
    run: Run, kept: Put, influx: Influx, tmp_path: Path
) -> None:
    backup = kept("2.9.1")
    (tmp_path / "estate/tasks").mkdir(parents=True)
    (tmp_path / "estate/all.yaml").write_text(ESTATE)
    (tmp_path / "estate/tasks/hourly.flux").write_text(TASK)
    done = run(backup.name, "--bucket", "two-shards")
    assert done.exit_code == 0, done.output
    assert done.output.index("make") < done.output.index("restored two-shards: 2,448 values")
    found = influx.find_bucket("two-shards")
    assert found is not None
    assert "tier:one" in {label.name for label in found.labels}
    mappings = {one.database for one in influx.dbrps() if one.bucket_id == found.id}
    assert "two-shards" in mappings
    assert [one.description.partition(":")[0] for one in influx.tokens()] == ["reader"]
    assert influx.find_bucket("another") is None
    assert "Not brought back: two-shards: DBRP mapping 'old/forever'" in done.output
    assert "Not brought back: two-shards: token 'scoped reader'" in done.output
    assert "label 'tier:one'" not in done.output.partition("restored two-shards")[2]


def test_exit_statuses_tell_what_was_left_out(run: Run, kept: Put, influx: Influx) -> None:
    folder = str(kept("2.9.1").path)
    assert run(folder, "--plan").exit_code == 0
    assert influx.find_bucket("empty") is None
    assert run(folder, "--bucket", "empty").exit_code == 0
    again = run(folder, "--bucket", "empty")
    assert (again.exit_code, "Nothing is merged" in again.output) == (2, True)
    plan = run(folder, "--bucket", "empty", "--json")
    assert (plan.exit_code, json.loads(plan.output)["buckets"][0]["action"]) == (2, "refuse")


def test_shards_that_a_server_loses_are_trouble(
    run: Run, kept: Put, restoring: RestoringServer
) -> None:
    restoring.misplaced = {101: 102}
    done = run(str(kept("2.9.1").path), "--bucket", "two-shards")
    assert done.exit_code == 1
    assert "MISSING two-shards" in done.output
    assert "says in its description that it is not whole" in done.output


def test_a_damaged_backup_is_trouble_and_nothing_is_sent(
    run: Run, kept: Put, restoring: RestoringServer
) -> None:
    backup = kept("2.9.1")
    next(backup.path.glob("*.2.tar.gz")).unlink()
    done = run(str(backup.path))
    assert (done.exit_code, "is missing" in done.output, restoring.received) == (1, True, [])


@pytest.mark.embedded_process
def test_a_full_restore_wants_the_old_token_and_the_fingerprint_and_shows_no_token(
    run: Run, kept: Put, restoring: RestoringServer, server: Connection
) -> None:
    restoring.whole = [SETS / "2.9.1"]
    before, folder = restoring.token, str(kept("2.9.1").path)
    asked = run(folder, "--full")
    assert (asked.exit_code, "INFLUXDB_RESTORE_TOKEN" in asked.output) == (1, True)
    planned = run(folder, "--full", INFLUXDB_RESTORE_TOKEN=OF_SAMPLES)
    assert (planned.exit_code, restoring.received) == (2, [])
    fingerprint = planned.output.strip().rpartition(" ")[2]
    done = run(
        folder, "--full", "--allow-data-loss", fingerprint, INFLUXDB_RESTORE_TOKEN=OF_SAMPLES
    )
    assert done.exit_code == 0, done.output
    assert "An operator token is the one that you gave" in done.output
    for output in (asked.output, planned.output, done.output):
        assert not any(token in output for token in (OF_SAMPLES, before, server.token))


@pytest.mark.embedded_process
def test_a_token_that_only_the_server_tells_is_kept_for_its_owner(
    run: Run, kept: Put, restoring: RestoringServer, tmp_path: Path
) -> None:
    restoring.whole = [SETS / "2.7.12"]
    folder = str(kept("2.7.12").path)
    fingerprint = run(folder, "--full").output.strip().rpartition(" ")[2]
    done = run(folder, "--full", "--allow-data-loss", fingerprint)
    assert done.exit_code == 0, done.output
    file = tmp_path / ".influx_pipelines/operator-token"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (OF_SAMPLES, 0o600)
    assert OF_SAMPLES not in done.output
