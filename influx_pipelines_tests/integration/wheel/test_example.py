"""`examples/garden` is a project of somebody else: it has the wheel and a few lines of YAML."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import influx_pipelines
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.weather.measurement import ExternalWeather
from influx_pipelines_tests.integration.wheel.conftest import ROOT, Environment
from influx_pipelines_tests.services.weather import OpenMeteo, open_meteo

EXAMPLE = ROOT / "examples/garden"
COMPONENTS = [f"influx_pipelines.{name}" for name in influx_pipelines.COMPONENTS]
# One process, since each start of `dg` takes seconds.
COMMANDS = """
import sys
from dagster_dg_cli.cli import cli

for name in sys.argv[1:]:
    cli(["scaffold", "defs", name, name.rpartition(".")[2]], standalone_mode=False)
cli(["list", "components"], standalone_mode=False)
cli(["check", "defs"], standalone_mode=False)
"""
MATERIALIZE = """
import json
import dagster as dg
import influx_pipelines
from garden.definitions import defs

job = defs().resolve_implicit_global_asset_job_def()
with dg.DagsterInstance.ephemeral() as instance:
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    kept = [str(record) for record in instance.all_logs(result.run_id)]
print(json.dumps({
    "from": influx_pipelines.__file__,
    "success": result.success,
    "assets": sorted(
        event.asset_key.to_user_string() for event in result.get_asset_materialization_events()
    ),
    "checks": {
        f"{c.asset_key.to_user_string()}:{c.check_name}": c.passed
        for c in result.get_asset_check_evaluations()
    },
    "log": "\\n".join(kept),
}))
"""


@pytest.fixture
def meteo() -> Iterator[OpenMeteo]:
    with open_meteo() as fake:
        yield fake


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "garden"))


def test_a_project_that_has_the_wheel_alone_gets_bucket_mapping_weather_and_a_verified_backup(
    project: Path, environment: Environment, influx: Influx, server: Connection, meteo: OpenMeteo
) -> None:
    env = {
        "INFLUXDB_URL": server.url,
        "INFLUXDB_TOKEN": server.token,
        "INFLUXDB_ORG": influx.org,
        "OPEN_METEO_URL": meteo.url,
        "INFLUX_PIPELINES_WEATHER_PROVIDER": "open-meteo",
    }
    told = json.loads(environment.run("-c", MATERIALIZE, cwd=project, env=env).splitlines()[-1])

    assert Path(told["from"]).is_relative_to(environment.python.parents[1])
    assert told["success"], told["log"]
    assert told["assets"] == [
        *(f"backup_plans/backup/{name}" for name in ("backup", "inventory", "retention")),
        "backup_plans/backup/verification",
        "influx_buckets/weather",
        "weather_stations/garden",
    ]
    assert len(told["checks"]) == 11
    assert all(told["checks"].values()), told["checks"]
    assert server.token not in told["log"]

    bucket = influx.find_bucket("weather")
    assert bucket is not None
    assert bucket.retention_seconds == 90 * 86_400
    mapped = [m for m in influx.dbrps() if not m.virtual]
    assert [(m.database, m.bucket_id) for m in mapped] == [("weather", bucket.id)]
    points = influx.read("weather", ExternalWeather, start="-1d", stop="1d").rows()
    assert {row["location"] for row in points} == {"garden"}
    assert [path for path in (project / "backups").iterdir() if path.name.startswith("backup-")]


def test_dg_lists_scaffolds_and_checks_every_component(
    project: Path, environment: Environment
) -> None:
    printed = environment.run("-c", COMMANDS, *COMPONENTS, cwd=project)
    for name in COMPONENTS:
        assert name in printed
        made = (project / f"garden/defs/{name.rpartition('.')[2]}/defs.yaml").read_text()
        assert made.startswith(f"type: {name}\n")
        assert len([line for line in made.splitlines() if line]) <= 10
    assert "All component YAML validated successfully." in printed
    assert "All definitions loaded successfully." in printed
