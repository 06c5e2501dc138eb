"""`influx-pipelines backup take|list|retention` on a server, and a disk without room."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.take import take
from influx_pipelines.cli.backup import app
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import load_settings


@pytest.fixture
def folder(
    influx: Influx, server: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    named = {"URL": server.url, "TOKEN": server.token, "ORG": influx.org}
    for name, value in named.items():
        monkeypatch.setenv(f"INFLUXDB_{name}", value)
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_FOLDER", str(tmp_path / "backups"))
    influx.create_bucket("telemetry", retention_seconds=0)
    influx.write_lines(b"m,host=a v=1 1577836800000000000\n", bucket="telemetry")
    return tmp_path / "backups"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_a_backup_is_taken_listed_and_kept(folder: Path) -> None:
    taken = run("take", "--kind", "logical")
    assert taken.exit_code == 0, taken.output
    (made,) = folder.glob("backup-*")
    assert "good" in taken.output
    assert "telemetry" in taken.output
    (row,) = json.loads(run("list", "--json").output)
    assert (row["name"], row["state"], row["values"]) == (made.name, "good", 1)
    assert made.name in run("list").output
    kept = run("retention", "--dry-run").output
    assert "last good" in kept
    assert "1 kept, 0 to go" in kept
    assert run("take", "--kind", "other").exit_code == 2


def test_a_disk_that_cannot_hold_the_backup_before_gets_none(
    folder: Path, influx: Influx, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    take(influx, settings.model_copy(update={"backup_kind": "logical"}))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    with pytest.raises(NoSpace, match="100 left"):
        take(influx, settings.model_copy(update={"backup_kind": "logical"}))
    assert len(list(folder.glob("backup-*"))) == 1
