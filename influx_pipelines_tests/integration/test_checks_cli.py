"""`influx-pipelines checks`: one check at a time, as a person types it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path, server: Connection, org: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped declaration, and the environment that names the server."""
    shutil.copytree(ROOT / "estate", tmp_path / "estate")
    monkeypatch.chdir(tmp_path)
    names = {"URL": server.url, "TOKEN": server.token, "ORG": org}
    for name, value in names.items():
        monkeypatch.setenv(f"INFLUXDB_{name}", value)
    return tmp_path / "estate"


def checks(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["checks", *arguments], env={"COLUMNS": "200"})


def raw(influx: Influx) -> list[dict[str, Any]]:
    path = "/api/v2/checks"
    found = influx.request("GET", path, params={"orgID": influx.org_id, "limit": 100})
    return list(found["checks"])


def there(influx: Influx) -> dict[str, str]:
    return {one["name"]: one["status"] for one in raw(influx)}


def test_a_check_is_provisioned_mended_and_decommissioned_by_name(
    folder: Path, influx: Influx
) -> None:
    assert checks("provision", "CPU CHECK").exit_code == 0
    assert there(influx) == {"CPU CHECK": "active"}
    influx.request("PATCH", f"/api/v2/checks/{raw(influx)[0]['id']}", json={"status": "inactive"})
    listed = {line.split("  ")[0]: line for line in checks("list").output.splitlines()}
    assert "differs" in listed["CPU CHECK"]
    assert "missing" in listed["MEMORY CHECK"]
    checks("provision", "CPU CHECK")
    assert there(influx) == {"CPU CHECK": "active"}

    kept = checks("decommission", "CPU CHECK", "--yes")
    assert kept.exit_code != 0
    assert "is declared in" in kept.output
    (folder / "monitoring_checks.yaml").write_text("monitoring_checks: []\n")
    assert "Nothing was deleted" in checks("decommission", "CPU CHECK").output
    assert there(influx) == {"CPU CHECK": "active"}
    assert checks("decommission", "CPU CHECK", "--yes").exit_code == 0
    assert there(influx) == {}


def test_a_check_that_nobody_declared_is_named_with_the_nearest(folder: Path) -> None:
    refused = checks("provision", "CPU CHEK")
    assert refused.exit_code != 0
    assert "did you mean CPU CHECK?" in refused.output
